import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../config/data-source';

const POOL_SIZE = 2;

/**
 * Runs the migrations up, down and up again on an empty database, and returns the SQL TypeORM would still run to make
 * the schema what the entities say. None = no drift.
 */
export async function findMigrationDrift(url: string): Promise<string[]> {
  const dataSource = new DataSource(dataSourceOptions(url, POOL_SIZE));
  await dataSource.initialize();
  try {
    const ran = await dataSource.runMigrations({ transaction: 'each' });
    for (const _ of ran) await dataSource.undoLastMigration({ transaction: 'each' });
    await dataSource.runMigrations({ transaction: 'each' });
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    return upQueries.map(({ query }) => query);
  } finally {
    await dataSource.destroy();
  }
}
