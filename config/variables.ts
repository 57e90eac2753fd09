import { claudePrices, MODEL_PATTERN } from './claude-prices';
import {
  commandTemplate,
  dollarsOrUnlimited,
  endpoint,
  flag,
  integer,
  listOf,
  oneOf,
  optional,
  port,
  proxyHops,
  secret,
  secretList,
  text,
  url,
  withDefault,
} from './variable';

const DAY_SECONDS = 86_400;
const MIB = 1024 * 1024;
const perSecond = integer(1, 1_000_000);

/** Every environment variable there is, in the order of `.env.example`. */
export const VARIABLES = {
  NODE_ENV: withDefault({
    ...text('a word', /^[A-Za-z0-9_-]+$/),
    default: 'development',
    description: 'production: weak or well-known secrets stop the start, and administrators need two-factor login.',
  }),
  PORT: withDefault({
    ...port,
    default: '4110',
    description: 'Port of the REST API, the console, /health, /metrics and both gateways (/ws/terminal, /ws/claude).',
  }),
  WS_TERMINAL_PORT: withDefault({ ...port, default: '4001', description: 'Own port of the system-terminal gateway.' }),
  WS_CLAUDE_PORT: withDefault({ ...port, default: '4002', description: 'Own port of the Claude-terminal gateway.' }),
  HOST: withDefault({
    ...text('a host name or an IP address', /^[A-Za-z0-9.:_-]+$/),
    default: '127.0.0.1',
    description: 'Address every port listens on; 0.0.0.0 for all interfaces (then name your host in ALLOWED_HOSTS).',
  }),
  TLS_CERT_FILE: optional({
    ...text('a path'),
    description: 'PEM certificate chain: with it and TLS_KEY_FILE every port speaks TLS. Renewed files are noticed.',
  }),
  TLS_KEY_FILE: optional({ ...text('a path'), description: 'PEM private key of TLS_CERT_FILE, without a passphrase.' }),
  DATA_DIR: withDefault({
    ...text('a path'),
    default: './data',
    description: 'Directory of everything that must survive: transcripts, the embedded database, generated secrets.',
  }),
  DATABASE_URL: optional({
    ...url('postgres', 'postgresql'),
    secret: true,
    description: 'PostgreSQL 15 or newer. Absent: a PostgreSQL of our own runs under DATA_DIR.',
  }),
  DATABASE_POOL_SIZE: withDefault({ ...integer(2, 1000), default: '20', description: 'Connections to PostgreSQL.' }),
  REDIS_URL: optional({
    ...url('redis', 'rediss', 'unix'),
    secret: true,
    description: 'Redis for the shared cache. Absent: this process caches for itself.',
  }),
  JWT_SECRET: optional({
    ...secret(32),
    secret: true,
    description: 'Signs access tokens; the same on every node. Absent: generated once into DATA_DIR/secrets/jwt.',
  }),
  SECRETS_KEY: optional({
    ...secretList(32),
    secret: true,
    description:
      'Encrypts what must be readable again, such as TOTP secrets; the same on every node. Comma-separated: the first encrypts, the others only decrypt. Absent: generated once into DATA_DIR/secrets/sealing.',
  }),
  ACCESS_TOKEN_TTL_SECONDS: withDefault({
    ...integer(30, DAY_SECONDS),
    default: '900',
    description: 'Life of an access token, in seconds.',
  }),
  REFRESH_TOKEN_TTL_DAYS: withDefault({
    ...integer(1, 3650),
    default: '30',
    description: 'A login ends when it was not refreshed for this many days.',
  }),
  ADMIN_EMAIL: withDefault({
    ...text('an e-mail address', /^[^\s@]+@[^\s@]+$/),
    default: 'admin@holdfast.local',
    description: 'E-mail address of the administrator whom the first start creates.',
  }),
  ADMIN_PASSWORD: optional({
    ...secret(8),
    secret: true,
    description: 'Password of that administrator. Absent: generated and printed once.',
  }),
  TOTP_REQUIRED_FOR_ADMINS: optional({
    ...flag,
    description: 'true: administrators must enroll a second factor at their first login. Absent: in production.',
  }),
  ALLOWED_ORIGINS: withDefault({
    ...listOf(
      (origin) => URL.canParse(origin) && new URL(origin).origin === origin,
      'a comma-separated list of exact origins such as https://terminal.example.com',
    ),
    default: '',
    description: "Origins whose pages may connect besides the console's own; comma-separated, exact.",
  }),
  ALLOWED_HOSTS: withDefault({
    ...listOf(
      (host) => /^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])$/.test(host),
      'a comma-separated list of host names without ports, such as terminal.example.com',
    ),
    default: '',
    description: 'Host names under which clients reach this server; empty = localhost, 127.0.0.1, [::1] and HOST.',
  }),
  LOG_LEVEL: withDefault({
    ...oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
    default: 'info',
    description: 'fatal, error, warn, info, debug, trace or silent.',
  }),
  METRICS_TOKEN: optional({
    // What may stand in an Authorization header.
    ...text('at least 16 letters, digits or any of . _ ~ + / = -', /^[A-Za-z0-9._~+/=-]{16,}$/),
    secret: true,
    description: 'Bearer token for /metrics, /stats/* and health details from other machines.',
  }),
  WS_MAX_CONNECTIONS: withDefault({ ...integer(1, 1_000_000), default: '1000', description: 'Open WebSockets.' }),
  WS_MAX_CONNECTIONS_PER_USER: withDefault({
    ...integer(1, 1_000_000),
    default: '600',
    description: 'Open WebSockets of one user in one gateway process. A browser tab needs one, and two while it moves.',
  }),
  WS_MAX_CONNECTIONS_PER_ADDRESS: withDefault({
    ...integer(1, 1_000_000),
    default: '1000',
    description: 'Open WebSockets of one address (IPv6: one /64) in one gateway process.',
  }),
  WS_INPUT_BYTES_PER_SECOND: withDefault({
    ...integer(64 * 1024, 1024 * MIB),
    default: '1048576',
    description: 'Input read from one WebSocket; four times as much at once. What comes faster waits, nothing is lost.',
  }),
  WS_HEARTBEAT_INTERVAL: withDefault({
    ...integer(100, 3_600_000),
    default: '30000',
    description: 'Milliseconds between pings; a socket silent for two intervals is closed.',
  }),
  WS_WINDOW_BYTES: withDefault({
    ...integer(4096, 64 * MIB),
    default: '262144',
    description: 'Unacknowledged output of one channel before its terminal is paused.',
  }),
  TCP_MAX_CONNECTIONS_PER_ADDRESS: withDefault({
    ...integer(1, 1_000_000),
    default: '2000',
    description:
      'Open TCP connections of one address in one gateway process; not counted behind a proxy, which has all of them.',
  }),
  RATE_REQUESTS_PER_ADDRESS: withDefault({
    ...perSecond,
    default: '100',
    description:
      'REST requests without a valid access token from one address, per second; twenty times as many at once.',
  }),
  RATE_REQUESTS_PER_USER: withDefault({
    ...perSecond,
    default: '100',
    description: 'REST requests of one user, per second; twenty times as many at once.',
  }),
  RATE_UPGRADES_PER_ADDRESS: withDefault({
    ...perSecond,
    default: '50',
    description: 'Refused WebSockets of one address, per second; twenty times as many at once.',
  }),
  RATE_UPGRADES_PER_USER: withDefault({
    ...perSecond,
    default: '50',
    description: 'New WebSockets of one user, per second; twenty times as many at once.',
  }),
  RATE_LOGINS_PER_ADDRESS: withDefault({
    ...integer(1, 1_000_000),
    default: '30',
    description: 'Failed logins from one address, per minute; twice as many at once.',
  }),
  DRAIN_TIMEOUT_MS: withDefault({
    ...integer(0, 3_600_000),
    default: '5000',
    description:
      'Milliseconds that clients of a stopping gateway have to move elsewhere before their sockets are closed.',
  }),
  GATEWAY_PROCESSES: withDefault({
    ...integer(1, 64),
    default: '1',
    description: 'Gateway processes that npm start runs behind the same ports.',
  }),
  GATEWAY_SPARE: withDefault({
    ...flag,
    default: 'true',
    description: 'true: one more gateway waits, ready to serve at once when another one dies.',
  }),
  OUTBOX_MAX_BYTES: withDefault({
    ...integer(MIB),
    default: '268435456',
    description: 'Disk space for writes that wait for the database; beyond it new sessions are refused.',
  }),
  AUDIT_KEY: optional({
    ...secret(32),
    secret: true,
    description: 'Seals the audit log; the same on every node. Absent: generated once into DATA_DIR/secrets/audit.',
  }),
  AUDIT_KEY_PREVIOUS: optional({
    ...secret(32),
    secret: true,
    description: 'The AUDIT_KEY before this one: what it sealed is still genuine.',
  }),
  AUDIT_FAIL_MODE: withDefault({
    ...oneOf('open', 'closed'),
    default: 'closed',
    description:
      'closed: what must be on record and cannot be is refused; open: it is done, and the gap is told later.',
  }),
  AUDIT_RETENTION_DAYS: withDefault({
    ...integer(1, 36_500),
    default: '400',
    description: 'Months of the audit log that are older are dropped.',
  }),
  AUDIT_LEGAL_HOLD: withDefault({
    ...flag,
    default: 'false',
    description: 'true: nothing of the audit log is dropped.',
  }),
  SESSION_MAX_PER_PROJECT: withDefault({
    ...integer(1, 100_000),
    default: '10',
    description: 'Running sessions in one project, unless an administrator sets another limit.',
  }),
  SESSION_MAX_PER_USER: withDefault({
    ...integer(1, 100_000),
    default: '1000',
    description: 'Running sessions that one user has made, unless an administrator sets another limit.',
  }),
  SESSION_MAX_TOTAL: withDefault({
    ...integer(1, 100_000),
    default: '5000',
    description: 'Running sessions of the installation, unless an administrator sets another limit.',
  }),
  SESSION_RETENTION_MINUTES: withDefault({
    ...integer(1),
    default: '30',
    description:
      'A running session that nobody watches and that prints nothing for this long is ended, unless it is kept.',
  }),
  SESSION_ENDED_RETENTION_DAYS: withDefault({
    ...integer(1, 3650),
    default: '7',
    description: 'Days for which an ended session and its transcript are held, unless it is kept.',
  }),
  CLAUDE_HIBERNATE_MINUTES: withDefault({
    ...integer(0, 525_600),
    default: '30',
    description:
      'A Claude session that has waited for its user for this long, without anything typed, gives its memory back until it is opened again; 0: only after SESSION_RETENTION_MINUTES.',
  }),
  SESSION_BUFFER_SIZE: withDefault({
    ...integer(0, 100_000),
    default: '500',
    description: 'Lines of scrollback in a snapshot.',
  }),
  SESSION_TRANSCRIPT_BYTES: withDefault({
    ...integer(MIB),
    default: '67108864',
    description: 'Output kept on disk for each session; the oldest goes first.',
  }),
  SESSION_TRANSCRIPT_TOTAL_BYTES: withDefault({
    ...integer(16 * MIB),
    default: '10737418240',
    description:
      'Disk space of all transcripts of this machine; beyond it the oldest output of ended sessions goes first.',
  }),
  SESSION_REPLAY_BYTES: withDefault({
    ...integer(64 * 1024),
    default: '16777216',
    description: 'Output sent again to a client that comes back; one further behind gets a snapshot.',
  }),
  SEARCH_INDEX: withDefault({
    ...flag,
    default: 'true',
    description: 'true: what terminals say is indexed in the database, so that it can be searched.',
  }),
  SHELL_PROGRAM: optional({
    ...text('an absolute path', /^\/.+$/),
    description: "Program of a new terminal. Absent: the user's login shell, else /bin/bash.",
  }),
  SHELL_USER: optional({
    ...text('the name of a system user', /^[A-Za-z_][A-Za-z0-9_.-]*\$?$/),
    description: 'System user shells run as when the server is root.',
  }),
  SHELL_INTEGRATION: withDefault({
    ...oneOf('auto', 'on', 'off'),
    default: 'auto',
    description:
      'Whether bash and zsh mark their commands in the output (OSC 133, OSC 633): auto (for users who have command suggestions on), on, or off.',
  }),
  SUGGESTIONS_MODEL: withDefault({
    ...text('the name of a model', /^[A-Za-z0-9._:@/-]{1,128}$/),
    default: 'claude-haiku-4-5',
    description: 'Model that is asked for command suggestions: a small, quick one.',
  }),
  TERMINAL_LAUNCHER: withDefault({
    ...oneOf('auto', 'bubblewrap', 'uid', 'direct', 'command'),
    default: 'auto',
    description:
      'How shells are confined: bubblewrap (a sandbox), uid (a system user each, as root), command (yours), direct (not at all); auto takes the best one that works.',
  }),
  TERMINAL_NETWORK: optional({
    ...oneOf('none', 'host'),
    description:
      'Network of terminals whose profile says nothing: none or host. Absent: none in production with several users, else host.',
  }),
  ALLOW_UNSAFE_DIRECT: withDefault({
    ...flag,
    default: 'false',
    description: 'true: in production shells may run unconfined (direct) although there are several users.',
  }),
  LAUNCHER_UID_BASE: withDefault({
    ...integer(1000, 1_000_000_000),
    default: '200000',
    description:
      'As root without SHELL_USER, users and projects get system ids of their own from here on; nothing else may use them.',
  }),
  TERMINAL_COMMAND: optional({
    ...commandTemplate('workspace', 'home', 'user', 'session', 'project'),
    description:
      'For TERMINAL_LAUNCHER=command: program and arguments as a JSON list; {workspace}, {home}, {user}, {session}, {project} are filled in.',
  }),
  TERMINAL_COMMAND_KILL: optional({
    ...commandTemplate('user', 'session', 'project'),
    description:
      'Run when such a terminal has ended, to end what it started elsewhere: a JSON list with {user}, {session}, {project}.',
  }),
  CLAUDE_BIN: optional({
    ...text('an absolute path', /^\/.+$/),
    description:
      'Program of Claude Code. Absent: claude on the PATH. It is not part of this server and has to be installed.',
  }),
  CLAUDE_MODEL: optional({
    ...text('the name of a model', /^[A-Za-z0-9._:@/[\]-]{1,128}$/),
    description: 'Model that Claude sessions begin with. Absent: what Claude Code takes.',
  }),
  WORKSPACE_MAX_BYTES: withDefault({
    ...integer(MIB),
    default: '10737418240',
    description: 'Disk space of the workspace of one project; beyond it new terminals in it are refused.',
  }),
  HOME_MAX_BYTES: withDefault({
    ...integer(MIB),
    default: '5368709120',
    description: 'Disk space of the home directory of one user; beyond it they get no new terminals.',
  }),
  ANTHROPIC_API_KEY: optional({
    ...text('a key without spaces', /^[\x21-\x7e]+$/),
    secret: true,
    description: 'Key of the Claude API, for the Claude sessions of all users. No session sees it.',
  }),
  ANTHROPIC_API_KEY_FILE: optional({
    ...text('a path'),
    description: 'File with that key, instead of ANTHROPIC_API_KEY; a new key in it is in use within a second.',
  }),
  ANTHROPIC_BASE_URL: withDefault({
    ...endpoint,
    default: 'https://api.anthropic.com',
    description: 'Where the Claude API is: Anthropic, or a proxy of yours in front of it.',
  }),
  CLAUDE_API_MAX_CONCURRENT: withDefault({
    ...integer(1, 1000),
    default: '24',
    description:
      'Requests that the Claude API works on at the same time, of all sessions of this machine; others wait.',
  }),
  CLAUDE_BUDGET_USER_USD: withDefault({
    ...dollarsOrUnlimited,
    default: 'unlimited',
    description:
      'US dollars that one user may spend on Claude a day (UTC), unless an administrator sets another limit.',
  }),
  CLAUDE_BUDGET_PROJECT_USD: withDefault({
    ...dollarsOrUnlimited,
    default: 'unlimited',
    description: 'The same for all sessions of one project together.',
  }),
  CLAUDE_BUDGET_TOTAL_USD: withDefault({
    ...dollarsOrUnlimited,
    default: 'unlimited',
    description: 'The same for everybody together.',
  }),
  CLAUDE_MODELS: withDefault({
    ...listOf((name) => MODEL_PATTERN.test(name), 'a comma-separated list of models such as claude-sonnet-*'),
    default: '',
    description:
      'Claude models that may be used, * being any part of a name; empty = all, unless an administrator sets others.',
  }),
  CLAUDE_PRICES: withDefault({
    ...claudePrices,
    default: '{}',
    description:
      'What models cost, for budgets and reports; an estimate. JSON with US dollars for a million tokens by name, tried before the built-in ones: {"claude-opus-*": {"input": 5, "output": 25, "cacheRead": 0.5, "cacheWrite": 6.25, "cacheWriteHour": 10}}; only input and output are needed.',
  }),
  CLAUDE_RESERVED_OUTPUT_TOKENS: withDefault({
    ...integer(0, 10_000_000),
    default: '8192',
    description:
      'Output that is held of a budget while a Claude request runs, at most its max_tokens. What an answer says beyond it can exceed the budget.',
  }),
  CLAUDE_USAGE_RETENTION_DAYS: withDefault({
    ...integer(1, 36_500),
    default: '400',
    description: 'Days for which it is known what each Claude request used.',
  }),
  CIRCUIT_BREAKER_THRESHOLD: withDefault({
    ...integer(1, 1000),
    default: '5',
    description: 'Failures within CIRCUIT_BREAKER_TIMEOUT that open a circuit.',
  }),
  CIRCUIT_BREAKER_TIMEOUT: withDefault({
    ...integer(1),
    default: '60000',
    description: 'Milliseconds for which a failure counts.',
  }),
  CIRCUIT_BREAKER_RESET_TIMEOUT: withDefault({
    ...integer(1),
    default: '30000',
    description: 'Milliseconds after which an open circuit lets one probe through.',
  }),
  TRUST_PROXY: withDefault({
    ...proxyHops,
    default: 'false',
    description: 'false, true (one), or how many proxies stand in front and set X-Forwarded-For and X-Forwarded-Proto.',
  }),
  NODE_NAME: optional({
    ...text('a name of letters, digits, dots, dashes and underscores', /^[A-Za-z0-9._-]{1,128}$/),
    description: 'Name of this node. Absent: the host name.',
  }),
} as const;

export type Variables = typeof VARIABLES;
export type VariableName = keyof Variables;
