import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../../config/data-source';
import { explainMissingExtension } from './missing-extension';

/** Any number that nothing else on the database uses: "holdfast" in ASCII. */
const MIGRATION_LOCK = '7525352680829580148';
const POOL_SIZE = 2;

/** Runs the missing migrations, one node at a time. Returns the names of those it ran. */
export async function migrate(url: string): Promise<string[]> {
  // On a connection of its own: the lock must outlive every transaction of the migrations.
  const lock = new Client({ connectionString: url });
  lock.on('error', () => undefined);
  await lock.connect();
  try {
    await lock.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    return await runMigrations(url);
  } finally {
    await lock.end();
  }
}

async function runMigrations(url: string): Promise<string[]> {
  // Without the query timeout of requests: a migration may take as long as it takes.
  const dataSource = new DataSource({ ...dataSourceOptions(url, POOL_SIZE), extra: {} });
  await dataSource.initialize();
  try {
    const ran = await dataSource.runMigrations({ transaction: 'each' });
    return ran.map((migration) => migration.name);
  } catch (error) {
    throw explainMissingExtension(error);
  } finally {
    await dataSource.destroy();
  }
}
