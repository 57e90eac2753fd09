import { Client } from 'pg';
import { AuditChain } from '../../src/audit/chain/audit-chain';
import { AuditKeys } from '../../src/audit/chain/audit-keys';
import { cleanEntry } from '../../src/audit/sink/clean-entry';
import { insertAuditEvents } from '../../src/audit/table/insert-audit-events';
import { migrate } from '../../src/infrastructure/database/migrate';
import { FakeClock } from '../support/fake-clock';
import { TestCluster } from '../support/test-cluster';

let cluster: TestCluster;
let superuser: Client;

beforeAll(async () => {
  cluster = await TestCluster.start();
  superuser = await connected(cluster.url());
  await superuser.query('CREATE ROLE app LOGIN');
  // May make roles, as an installation's user of a managed PostgreSQL often may.
  await superuser.query('CREATE ROLE maker LOGIN CREATEROLE');
});
afterAll(async () => {
  await superuser.end();
  await cluster.stop();
});

async function connected(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  await client.connect();
  return client;
}

/** A database of this user's own, with our schema; somebody wrote an event into it. */
async function databaseOf(user: string): Promise<Client> {
  await superuser.query(`CREATE DATABASE of_${user} OWNER ${user}`);
  const url = new URL(cluster.url(`of_${user}`));
  // The socket of the test's cluster asks for a password, which these have none of: the superuser becomes them.
  url.searchParams.set('options', `-c role=${user}`);
  await migrate(url.href);
  const client = await connected(url.href);
  const keys = new AuditKeys('a key for tests that is long enough');
  const record = new AuditChain({ stream: 's', node: 'n', keys, clock: new FakeClock() }).next(
    cleanEntry({ code: 'auth.login', outcome: 'ok' }),
  );
  await client.query('BEGIN');
  await insertAuditEvents(client, [{ id: '1', kind: 'audit.event', at: 0, payload: record }]);
  const { rows } = await client.query<{ current_user: string }>('SELECT current_user');
  expect(rows[0]?.current_user).toBe(user);
  await client.query('COMMIT');
  return client;
}

it.each(['app', 'maker'])('writes events into a database that belongs to %s, and nobody changes them', async (user) => {
  const client = await databaseOf(user);
  try {
    expect((await client.query('SELECT FROM audit_events')).rowCount).toBe(1);
    await expect(client.query(`UPDATE audit_events SET code = 'x'`)).rejects.toMatchObject({ code: '42501' });
    await expect(client.query('TRUNCATE audit_events')).rejects.toMatchObject({ code: '42501' });
    await client.query('BEGIN');
    await client.query('SELECT audit_become_writer()');
    const { rows } = await client.query<{ current_user: string }>('SELECT current_user');
    expect(rows[0]?.current_user).toBe(user === 'maker' ? 'holdfast_audit' : user);
    await client.query('ROLLBACK');
  } finally {
    await client.end();
  }
});
