import 'reflect-metadata';
import { Client } from 'pg';
import { migrate } from '../../src/infrastructure/database/migrate';
import { TEMPLATE_DATABASE } from './template-database';
import { TestCluster } from './test-cluster';

/** One PostgreSQL for a whole run, with a migrated database that everybody copies; its address goes into the environment. */
export async function startTemplateCluster(): Promise<TestCluster> {
  const cluster = await TestCluster.start();
  const client = new Client({ connectionString: cluster.url() });
  await client.connect();
  await client.query(`CREATE DATABASE ${TEMPLATE_DATABASE}`);
  await client.end();
  await migrate(cluster.url(TEMPLATE_DATABASE));
  // Workers inherit the environment, and nothing else, from here.
  process.env['HOLDFAST_TEST_DATABASE_URL'] = cluster.url();
  return cluster;
}

/** Somebody above us, such as the test run, has one already. */
export function hasTemplateCluster(): boolean {
  return process.env['HOLDFAST_TEST_DATABASE_URL'] !== undefined;
}
