import { Client } from 'pg';
import { findMigrationDrift } from '../../scripts/database/migration-drift';
import { migrate } from '../../src/infrastructure/database/migrate';
import { TestCluster } from '../support/test-cluster';

describe('Migrations', () => {
  let cluster: TestCluster;

  beforeAll(async () => void (cluster = await TestCluster.start()));
  afterAll(() => cluster.stop());

  it('go up, down and up again, and make exactly what the entities say', async () => {
    await expect(findMigrationDrift(cluster.url())).resolves.toEqual([]);
  });

  it('run once when many nodes start at the same time', async () => {
    const client = new Client({ connectionString: cluster.url() });
    await client.connect();
    await client.query('CREATE DATABASE raced');
    await client.end();
    const ran = await Promise.all(Array.from({ length: 5 }, () => migrate(cluster.url('raced'))));
    expect(ran.filter((names) => names.length > 0)).toHaveLength(1);
  });
});
