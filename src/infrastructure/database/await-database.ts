import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { errorCode, errorMessage, StartupError } from '../startup-error';
import { isDatabaseUnavailable } from './database-errors';

const RETRY_MS = 250;
const CONNECT_TIMEOUT_MS = 3000;
/** PostgreSQL is there but replays its log. */
const STARTING_UP = '57P03';
/** `server_version_num` of PostgreSQL 15. */
const MINIMUM_VERSION = 150_000;

export interface Patience {
  /** For a server that does not answer at all: a container beside us may still be starting. */
  readonly unreachableMs: number;
  /** For a server that says it is starting. */
  readonly startingMs: number;
}

export const DEFAULT_PATIENCE: Patience = { unreachableMs: 10_000, startingMs: 60_000 };

/** The server does not answer, or is starting: it may come back. */
export class DatabaseAwayError extends StartupError {}

/** Waits until PostgreSQL answers and is new enough, else says in one sentence what is wrong. */
export async function awaitDatabase(url: string, patience: Patience = DEFAULT_PATIENCE): Promise<void> {
  const since = performance.now();
  for (;;) {
    try {
      return await checkVersion(url);
    } catch (error) {
      if (error instanceof StartupError) throw error;
      const limit = errorCode(error) === STARTING_UP ? patience.startingMs : patience.unreachableMs;
      if (!isDatabaseUnavailable(error)) throw new StartupError(sentence(url, error), { cause: error });
      if (performance.now() - since >= limit) throw new DatabaseAwayError(sentence(url, error), { cause: error });
      await sleep(RETRY_MS);
    }
  }
}

async function checkVersion(url: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ number: number; text: string }>(
      `SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS text`,
    );
    const version = rows[0];
    if (version && version.number < MINIMUM_VERSION) {
      throw new StartupError(`${place(url)} is version ${version.text}, but Holdfast needs PostgreSQL 15 or newer.`);
    }
  } finally {
    await client.end().catch(() => undefined);
  }
}

function sentence(url: string, cause: unknown): string {
  const reason = errorMessage(cause) || errorCode(cause) || 'no answer';
  return `${place(url)} cannot be used (${reason}); start it, correct DATABASE_URL, or remove DATABASE_URL to use the embedded one.`;
}

/** Without the password. */
function place(url: string): string {
  const { host, pathname, searchParams } = new URL(url);
  return `PostgreSQL at ${searchParams.get('host') ?? host}${pathname}`;
}
