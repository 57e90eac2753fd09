import 'reflect-metadata';
import { Client } from 'pg';
import { migrate } from '../../src/infrastructure/database/migrate';
import { TEMPLATE_DATABASE } from './template-database';
import { TestCluster } from './test-cluster';

declare global {
  var holdfastTestCluster: TestCluster | undefined;
}

/** One PostgreSQL for the whole run, with a migrated database that every suite copies. */
export default async function setUp(): Promise<void> {
  const cluster = await TestCluster.start();
  globalThis.holdfastTestCluster = cluster;
  const client = new Client({ connectionString: cluster.url() });
  await client.connect();
  await client.query(`CREATE DATABASE ${TEMPLATE_DATABASE}`);
  await client.end();
  await migrate(cluster.url(TEMPLATE_DATABASE));
  // Workers inherit the environment, and nothing else, from here.
  process.env['HOLDFAST_TEST_DATABASE_URL'] = cluster.url();
}
