import path from 'node:path';
import { Logger } from '@nestjs/common';
import type { Config } from '../../../config/environment';
import { EmbeddedPostgres } from '../embedded-postgres/embedded-postgres';
import { awaitDatabase } from './await-database';
import { migrate } from './migrate';

/** A PostgreSQL that answers and has the current schema. Whoever opened it closes it, after everyone who uses it. */
export interface OpenDatabase {
  readonly url: string;
  close(): Promise<void>;
}

/** The configured PostgreSQL, or the embedded one under DATA_DIR when none is configured. */
export async function openDatabase(config: Config): Promise<OpenDatabase> {
  const { url } = config.database;
  const database = url === undefined ? await openEmbedded(config.dataDir) : { url, close: async () => undefined };
  try {
    await awaitDatabase(database.url);
    const ran = await migrate(database.url);
    if (ran.length > 0) new Logger('Database').log(`Migrated: ${ran.join(', ')}`);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function openEmbedded(dataDir: string): Promise<OpenDatabase> {
  const logger = new Logger('EmbeddedPostgres');
  const server = await EmbeddedPostgres.start({
    dir: path.join(dataDir, 'postgres'),
    onRestart: (reason) => logger.warn(`PostgreSQL ended and is started again: ${reason}`),
  });
  return { url: server.url(), close: () => server.stop() };
}
