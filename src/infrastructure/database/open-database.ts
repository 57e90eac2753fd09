import path from 'node:path';
import { Logger } from '@nestjs/common';
import { MIGRATIONS } from '../../../config/data-source';
import type { Config } from '../../../config/environment';
import { EmbeddedPostgres } from '../embedded-postgres/embedded-postgres';
import { errorMessage } from '../startup-error';
import { awaitDatabase, DEFAULT_PATIENCE, DatabaseAwayError, type Patience } from './await-database';
import { isDatabaseUnavailable } from './database-errors';
import { migrate } from './migrate';
import { SchemaGate } from './schema-gate';
import { SeenDatabase } from './seen-database';

/** A PostgreSQL for everyone. Whoever opened it closes it, after everyone who uses it. */
export interface OpenDatabase {
  readonly url: string;
  /** Closed while nobody knows whether it has the current schema. */
  readonly schema: SchemaGate;
  close(): Promise<void>;
}

/** A server that was there before comes back on its own, and meanwhile there are terminals to serve. */
const NO_PATIENCE: Patience = { unreachableMs: 0, startingMs: 0 };
/** How often a database is looked for that was away at the start. One dial each; it must not delay its return. */
const LOOK_AGAIN_MS = 1000;

const logger = new Logger('Database');

/**
 * The configured PostgreSQL, or the embedded one under DATA_DIR when none is configured. One that this installation has
 * served from may be away: then `schema` opens when it is back and migrated.
 */
export async function openDatabase(config: Config): Promise<OpenDatabase> {
  const { url } = config.database;
  const server = url === undefined ? await openEmbedded(config.dataDir) : { url, close: async () => undefined };
  const seen = new SeenDatabase(config.dataDir, server.url);
  const schema = new SchemaGate();
  try {
    await prepare(server.url, seen, seen.migration === undefined ? DEFAULT_PATIENCE : NO_PATIENCE);
  } catch (error) {
    if (!isAway(error) || seen.migration === undefined) {
      await server.close();
      throw error;
    }
    schema.close();
    const reason =
      error instanceof DatabaseAwayError ? error.message : `The database went away (${errorMessage(error)}).`;
    logger.warn(`${reason} Serving without it: existing sessions only, until it is back.`);
    const stopLooking = lookUntilPrepared(server.url, seen, schema);
    return {
      url: server.url,
      schema,
      close: () => {
        stopLooking();
        return server.close();
      },
    };
  }
  return { ...server, schema };
}

/** Its version and its schema are ours. */
async function prepare(url: string, seen: SeenDatabase, patience: Patience): Promise<void> {
  await awaitDatabase(url, patience);
  const ran = await migrate(url);
  if (ran.length > 0) logger.log(`Migrated: ${ran.join(', ')}`);
  seen.note(MIGRATIONS.at(-1)?.name ?? '');
}

/** It may go also between our first look and the last migration. */
function isAway(error: unknown): boolean {
  return error instanceof DatabaseAwayError || isDatabaseUnavailable(error);
}

function lookUntilPrepared(url: string, seen: SeenDatabase, schema: SchemaGate): () => void {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const look = async (): Promise<void> => {
    try {
      await prepare(url, seen, NO_PATIENCE);
      schema.open();
      logger.log('The database is back.');
    } catch (error) {
      if (!isAway(error)) logger.error(`The database is back, but cannot be used: ${(error as Error).message}`);
      if (!stopped) timer = setTimeout(() => void look(), LOOK_AGAIN_MS);
    }
  };
  timer = setTimeout(() => void look(), LOOK_AGAIN_MS);
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}

async function openEmbedded(dataDir: string): Promise<{ url: string; close(): Promise<void> }> {
  const embedded = new Logger('EmbeddedPostgres');
  const server = await EmbeddedPostgres.start({
    dir: path.join(dataDir, 'postgres'),
    onRestart: (reason) => embedded.warn(`PostgreSQL ended and is started again: ${reason}`),
  });
  return { url: server.url(), close: () => server.stop() };
}
