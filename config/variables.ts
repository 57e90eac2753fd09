import { flag, integer, listOf, oneOf, optional, port, proxyHops, secret, text, url, withDefault } from './variable';

const DAY_SECONDS = 86_400;
const MIB = 1024 * 1024;

/** Every environment variable there is, in the order of `.env.example`. */
export const VARIABLES = {
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
  SESSION_MAX_PER_PROJECT: withDefault({
    ...integer(1, 100_000),
    default: '10',
    description: 'Running sessions in one project.',
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
    description: 'false, true (one), or how many proxies stand in front and set X-Forwarded-For.',
  }),
  NODE_NAME: optional({
    ...text('a name of letters, digits, dots, dashes and underscores', /^[A-Za-z0-9._-]{1,128}$/),
    description: 'Name of this node. Absent: the host name.',
  }),
} as const;

export type Variables = typeof VARIABLES;
export type VariableName = keyof Variables;
