import path from 'node:path';
import type { z } from 'zod';
import { type Machine, thisMachine } from './machine';
import { type VariableName, type Variables, VARIABLES } from './variables';
import type { Variable, WithDefault } from './variable';

/** Injection token of {@link Config}. */
export const CONFIG = Symbol('CONFIG');

export type LogLevel = z.output<Variables['LOG_LEVEL']['schema']>;

/** The settings of one server process, checked and frozen. Milliseconds, bytes and seconds are named as such. */
export interface Config {
  readonly nodeName: string;
  readonly host: string;
  /** 0 = the system picks one. */
  readonly ports: { readonly http: number; readonly terminal: number; readonly claude: number };
  /** Absolute. */
  readonly dataDir: string;
  readonly logLevel: LogLevel;
  readonly metricsToken?: string;
  readonly database: { readonly url?: string; readonly poolSize: number };
  readonly redisUrl?: string;
  readonly auth: {
    readonly jwtSecret?: string;
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
    readonly heartbeatIntervalMs: number;
    readonly windowBytes: number;
  };
  readonly gateways: {
    readonly processes: number;
    /** One more waits, booted, for the death of another. */
    readonly spare: boolean;
    readonly drainTimeoutMs: number;
  };
  readonly outbox: { readonly maxBytes: number };
  readonly sessions: {
    readonly maxPerProject: number;
    readonly retentionMinutes: number;
    readonly endedRetentionDays: number;
    readonly snapshotScrollbackLines: number;
    readonly transcriptBytes: number;
    readonly transcriptTotalBytes: number;
    readonly replayBytes: number;
  };
  /** What terminals say can be searched. */
  readonly searchIndex: boolean;
  readonly shell: { readonly program: string; readonly user?: string };
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
  return deepFreeze({
    nodeName: values.NODE_NAME ?? machine.hostName,
    host: values.HOST,
    ports: { http: values.PORT, terminal: values.WS_TERMINAL_PORT, claude: values.WS_CLAUDE_PORT },
    dataDir: path.resolve(machine.workingDirectory, values.DATA_DIR),
    logLevel: values.LOG_LEVEL,
    metricsToken: values.METRICS_TOKEN,
    database: { url: values.DATABASE_URL, poolSize: values.DATABASE_POOL_SIZE },
    redisUrl: values.REDIS_URL,
    auth: {
      jwtSecret: values.JWT_SECRET,
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
      heartbeatIntervalMs: values.WS_HEARTBEAT_INTERVAL,
      windowBytes: values.WS_WINDOW_BYTES,
    },
    gateways: {
      processes: values.GATEWAY_PROCESSES,
      spare: values.GATEWAY_SPARE,
      drainTimeoutMs: values.DRAIN_TIMEOUT_MS,
    },
    outbox: { maxBytes: values.OUTBOX_MAX_BYTES },
    sessions: {
      maxPerProject: values.SESSION_MAX_PER_PROJECT,
      retentionMinutes: values.SESSION_RETENTION_MINUTES,
      endedRetentionDays: values.SESSION_ENDED_RETENTION_DAYS,
      snapshotScrollbackLines: values.SESSION_BUFFER_SIZE,
      transcriptBytes: values.SESSION_TRANSCRIPT_BYTES,
      transcriptTotalBytes: values.SESSION_TRANSCRIPT_TOTAL_BYTES,
      replayBytes: values.SESSION_REPLAY_BYTES,
    },
    searchIndex: values.SEARCH_INDEX,
    shell: {
      program: values.SHELL_PROGRAM ?? machine.loginShell(values.SHELL_USER) ?? '/bin/bash',
      user: values.SHELL_USER,
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
  if (problems.length > 0) throw new ConfigError(problems);
  return values as Values;
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
