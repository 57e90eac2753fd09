import path from 'node:path';
import type { z } from 'zod';
import { type Machine, thisMachine } from './machine';
import { type VariableName, type Variables, VARIABLES } from './variables';
import type { Variable, WithDefault } from './variable';
import { weakSecrets } from './weak-secrets';
import type { PriceEntry } from './claude-prices';

/** Injection token of {@link Config}. */
export const CONFIG = Symbol('CONFIG');

export type LogLevel = z.output<Variables['LOG_LEVEL']['schema']>;

/** The settings of one server process, checked and frozen. Milliseconds, bytes and seconds are named as such. */
export interface Config {
  /** Weak secrets are refused, and defaults are strict. */
  readonly production: boolean;
  readonly nodeName: string;
  readonly host: string;
  /** 0 = the system picks one. */
  readonly ports: { readonly http: number; readonly terminal: number; readonly claude: number };
  /** Absolute paths; absent: plain HTTP. */
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
  /** Absolute. */
  readonly dataDir: string;
  readonly logLevel: LogLevel;
  readonly metricsToken?: string;
  readonly database: { readonly url?: string; readonly poolSize: number };
  readonly redisUrl?: string;
  readonly auth: {
    readonly jwtSecret?: string;
    /** The first encrypts, the others only decrypt. */
    readonly secretsKeys?: readonly string[];
    readonly totpRequiredForAdmins: boolean;
    readonly accessTokenTtlSeconds: number;
    readonly refreshTokenTtlDays: number;
    readonly adminEmail: string;
    readonly adminPassword?: string;
  };
  readonly access: {
    /** Exact origins besides the server's own. */
    readonly allowedOrigins: readonly string[];
    /** Host names in lower case, without ports. */
    readonly allowedHosts: readonly string[];
    /** Proxies in front of this server; 0 = none. */
    readonly proxyHops: number;
  };
  readonly webSocket: {
    readonly maxConnections: number;
    readonly maxConnectionsPerUser: number;
    readonly maxConnectionsPerAddress: number;
    readonly inputBytesPerSecond: number;
    readonly heartbeatIntervalMs: number;
    readonly windowBytes: number;
  };
  /** Of one gateway process. */
  readonly rateLimits: {
    readonly tcpConnectionsPerAddress: number;
    /** Per second. */
    readonly requestsPerAddress: number;
    readonly requestsPerUser: number;
    readonly upgradesPerAddress: number;
    readonly upgradesPerUser: number;
    /** Per minute. */
    readonly loginsPerAddress: number;
  };
  readonly gateways: {
    readonly processes: number;
    /** One more waits, booted, for the death of another. */
    readonly spare: boolean;
    readonly drainTimeoutMs: number;
  };
  readonly outbox: { readonly maxBytes: number };
  readonly audit: {
    readonly key?: string;
    readonly previousKey?: string;
    readonly failMode: z.output<Variables['AUDIT_FAIL_MODE']['schema']>;
    readonly retentionDays: number;
    readonly legalHold: boolean;
  };
  readonly sessions: {
    readonly maxPerProject: number;
    readonly maxPerUser: number;
    readonly maxTotal: number;
    readonly retentionMinutes: number;
    readonly endedRetentionDays: number;
    readonly snapshotScrollbackLines: number;
    readonly transcriptBytes: number;
    readonly transcriptTotalBytes: number;
    readonly replayBytes: number;
  };
  /** Of what shells write, for each project and each user. */
  readonly files: { readonly workspaceMaxBytes: number; readonly homeMaxBytes: number };
  /** What terminals say can be searched. */
  readonly searchIndex: boolean;
  readonly shell: {
    readonly program: string;
    readonly user?: string;
    readonly integration: z.output<Variables['SHELL_INTEGRATION']['schema']>;
  };
  readonly suggestions: { readonly model: string };
  readonly launcher: {
    readonly name: z.output<Variables['TERMINAL_LAUNCHER']['schema']>;
    readonly network?: 'none' | 'host';
    readonly allowUnsafeDirect: boolean;
    readonly uidBase: number;
    readonly command?: readonly string[];
    readonly killCommand?: readonly string[];
  };
  readonly claudeApi: {
    readonly baseUrl: string;
    readonly key?: string;
    /** Absolute. */
    readonly keyFile?: string;
    readonly maxConcurrent: number;
  };
  readonly claude: {
    /** Absolute: the CLI, instead of looking for it. */
    readonly program?: string;
    /** Where else it is looked for. */
    readonly searchPath: string;
    readonly model?: string;
    /** What waits for so long is hibernated; 0 = only by the retention. */
    readonly hibernateMinutes: number;
  };
  /** What Claude may cost and who counts it. Dollars are of the United States. */
  readonly claudeUsage: {
    readonly userDailyUsd: number | 'unlimited';
    readonly projectDailyUsd: number | 'unlimited';
    readonly totalDailyUsd: number | 'unlimited';
    /** Names and patterns, comma-separated; empty = every model. */
    readonly models: string;
    /** In the order in which they are tried. */
    readonly prices: readonly PriceEntry[];
    readonly reservedOutputTokens: number;
    readonly retentionDays: number;
  };
  readonly circuitBreaker: {
    readonly threshold: number;
    readonly windowMs: number;
    readonly resetTimeoutMs: number;
  };
}

/** Everything that is wrong with the environment, one sentence for each problem. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(['The configuration is not valid:', ...problems.map((problem) => `  ${problem}`)].join('\n'));
    this.name = 'ConfigError';
  }
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the environment into a {@link Config}; throws a {@link ConfigError} that names every problem at once. */
export function loadConfig(env: Environment, machine: Machine = thisMachine()): Config {
  const values = parse(env);
  const production = values.NODE_ENV === 'production';
  if (production) refuseWeakSecrets(values);
  return deepFreeze({
    production,
    nodeName: values.NODE_NAME ?? machine.hostName,
    host: values.HOST,
    ports: { http: values.PORT, terminal: values.WS_TERMINAL_PORT, claude: values.WS_CLAUDE_PORT },
    tls: tlsFiles(values, machine.workingDirectory),
    dataDir: path.resolve(machine.workingDirectory, values.DATA_DIR),
    logLevel: values.LOG_LEVEL,
    metricsToken: values.METRICS_TOKEN,
    database: { url: values.DATABASE_URL, poolSize: values.DATABASE_POOL_SIZE },
    redisUrl: values.REDIS_URL,
    auth: {
      jwtSecret: values.JWT_SECRET,
      secretsKeys: values.SECRETS_KEY,
      totpRequiredForAdmins: values.TOTP_REQUIRED_FOR_ADMINS ?? production,
      accessTokenTtlSeconds: values.ACCESS_TOKEN_TTL_SECONDS,
      refreshTokenTtlDays: values.REFRESH_TOKEN_TTL_DAYS,
      adminEmail: values.ADMIN_EMAIL,
      adminPassword: values.ADMIN_PASSWORD,
    },
    access: {
      allowedOrigins: values.ALLOWED_ORIGINS,
      allowedHosts: allowedHosts(values.ALLOWED_HOSTS, values.HOST),
      proxyHops: values.TRUST_PROXY,
    },
    webSocket: {
      maxConnections: values.WS_MAX_CONNECTIONS,
      maxConnectionsPerUser: values.WS_MAX_CONNECTIONS_PER_USER,
      maxConnectionsPerAddress: values.WS_MAX_CONNECTIONS_PER_ADDRESS,
      inputBytesPerSecond: values.WS_INPUT_BYTES_PER_SECOND,
      heartbeatIntervalMs: values.WS_HEARTBEAT_INTERVAL,
      windowBytes: values.WS_WINDOW_BYTES,
    },
    rateLimits: {
      tcpConnectionsPerAddress: values.TCP_MAX_CONNECTIONS_PER_ADDRESS,
      requestsPerAddress: values.RATE_REQUESTS_PER_ADDRESS,
      requestsPerUser: values.RATE_REQUESTS_PER_USER,
      upgradesPerAddress: values.RATE_UPGRADES_PER_ADDRESS,
      upgradesPerUser: values.RATE_UPGRADES_PER_USER,
      loginsPerAddress: values.RATE_LOGINS_PER_ADDRESS,
    },
    gateways: {
      processes: values.GATEWAY_PROCESSES,
      spare: values.GATEWAY_SPARE,
      drainTimeoutMs: values.DRAIN_TIMEOUT_MS,
    },
    outbox: { maxBytes: values.OUTBOX_MAX_BYTES },
    audit: {
      key: values.AUDIT_KEY,
      previousKey: values.AUDIT_KEY_PREVIOUS,
      failMode: values.AUDIT_FAIL_MODE,
      retentionDays: values.AUDIT_RETENTION_DAYS,
      legalHold: values.AUDIT_LEGAL_HOLD,
    },
    sessions: {
      maxPerProject: values.SESSION_MAX_PER_PROJECT,
      maxPerUser: values.SESSION_MAX_PER_USER,
      maxTotal: values.SESSION_MAX_TOTAL,
      retentionMinutes: values.SESSION_RETENTION_MINUTES,
      endedRetentionDays: values.SESSION_ENDED_RETENTION_DAYS,
      snapshotScrollbackLines: values.SESSION_BUFFER_SIZE,
      transcriptBytes: values.SESSION_TRANSCRIPT_BYTES,
      transcriptTotalBytes: values.SESSION_TRANSCRIPT_TOTAL_BYTES,
      replayBytes: values.SESSION_REPLAY_BYTES,
    },
    files: { workspaceMaxBytes: values.WORKSPACE_MAX_BYTES, homeMaxBytes: values.HOME_MAX_BYTES },
    searchIndex: values.SEARCH_INDEX,
    shell: {
      program: values.SHELL_PROGRAM ?? machine.loginShell(values.SHELL_USER) ?? '/bin/bash',
      user: values.SHELL_USER,
      integration: values.SHELL_INTEGRATION,
    },
    suggestions: { model: values.SUGGESTIONS_MODEL },
    launcher: {
      name: values.TERMINAL_LAUNCHER,
      network: values.TERMINAL_NETWORK,
      allowUnsafeDirect: values.ALLOW_UNSAFE_DIRECT,
      uidBase: values.LAUNCHER_UID_BASE,
      command: values.TERMINAL_COMMAND,
      killCommand: values.TERMINAL_COMMAND_KILL,
    },
    claudeApi: {
      baseUrl: values.ANTHROPIC_BASE_URL,
      key: values.ANTHROPIC_API_KEY,
      keyFile: values.ANTHROPIC_API_KEY_FILE && path.resolve(machine.workingDirectory, values.ANTHROPIC_API_KEY_FILE),
      maxConcurrent: values.CLAUDE_API_MAX_CONCURRENT,
    },
    claude: {
      program: values.CLAUDE_BIN,
      searchPath: machine.searchPath,
      model: values.CLAUDE_MODEL,
      hibernateMinutes: values.CLAUDE_HIBERNATE_MINUTES,
    },
    claudeUsage: {
      userDailyUsd: values.CLAUDE_BUDGET_USER_USD,
      projectDailyUsd: values.CLAUDE_BUDGET_PROJECT_USD,
      totalDailyUsd: values.CLAUDE_BUDGET_TOTAL_USD,
      models: values.CLAUDE_MODELS.join(', '),
      prices: values.CLAUDE_PRICES,
      reservedOutputTokens: values.CLAUDE_RESERVED_OUTPUT_TOKENS,
      retentionDays: values.CLAUDE_USAGE_RETENTION_DAYS,
    },
    circuitBreaker: {
      threshold: values.CIRCUIT_BREAKER_THRESHOLD,
      windowMs: values.CIRCUIT_BREAKER_TIMEOUT,
      resetTimeoutMs: values.CIRCUIT_BREAKER_RESET_TIMEOUT,
    },
  });
}

type Value<V> = V extends Variable<infer T> ? T : never;
type OptionalName = { [K in VariableName]: Variables[K] extends WithDefault<unknown> ? never : K }[VariableName];
type Values = { [K in Exclude<VariableName, OptionalName>]: Value<Variables[K]> } & {
  [K in OptionalName]?: Value<Variables[K]>;
};

function parse(env: Environment): Values {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, variable] of Object.entries<Variable<unknown>>(VARIABLES)) {
    // An empty value in an .env file means "as if it were not there".
    const raw = env[name] || variable.default;
    if (raw === undefined) continue;
    const result = variable.schema.safeParse(raw);
    if (result.success) values[name] = result.data;
    else problems.push(`${name} must be ${variable.requirement}${variable.secret ? '' : `, but is "${raw}"`}.`);
  }
  problems.push(...contradictions(values));
  if (problems.length > 0) throw new ConfigError(problems);
  return values as Values;
}

function refuseWeakSecrets(values: Values): void {
  const problems = weakSecrets({
    JWT_SECRET: values.JWT_SECRET,
    SECRETS_KEY: values.SECRETS_KEY,
    AUDIT_KEY: values.AUDIT_KEY,
    METRICS_TOKEN: values.METRICS_TOKEN,
    ADMIN_PASSWORD: values.ADMIN_PASSWORD,
    DATABASE_URL: values.DATABASE_URL,
    REDIS_URL: values.REDIS_URL,
  });
  if (problems.length > 0) throw new ConfigError(problems);
}

/** What is wrong only together. */
function contradictions(values: Partial<Values>): string[] {
  const hasHalf = (values.TLS_CERT_FILE === undefined) !== (values.TLS_KEY_FILE === undefined);
  const hasTwoKeys = values.ANTHROPIC_API_KEY !== undefined && values.ANTHROPIC_API_KEY_FILE !== undefined;
  return [
    ...(hasHalf ? ['TLS_CERT_FILE and TLS_KEY_FILE must be set together.'] : []),
    ...(hasTwoKeys ? ['Only one of ANTHROPIC_API_KEY and ANTHROPIC_API_KEY_FILE may be set.'] : []),
  ];
}

function tlsFiles({ TLS_CERT_FILE: cert, TLS_KEY_FILE: key }: Values, directory: string): Config['tls'] {
  if (cert === undefined || key === undefined) return undefined;
  return { certFile: path.resolve(directory, cert), keyFile: path.resolve(directory, key) };
}

function allowedHosts(configured: readonly string[], host: string): readonly string[] {
  const hosts = configured.length > 0 ? configured : ['localhost', '127.0.0.1', '[::1]', bracketed(host)];
  return [...new Set(hosts.map((name) => name.toLowerCase()))];
}

/** As it stands in a Host header or a URL. */
function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) deepFreeze(inner);
  return Object.freeze(value);
}
