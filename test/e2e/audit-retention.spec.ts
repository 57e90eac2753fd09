import { DataSource } from 'typeorm';
import { verifyAudit } from '../../src/audit/audit-verification';
import { AuditChain } from '../../src/audit/chain/audit-chain';
import { AuditKeys } from '../../src/audit/chain/audit-keys';
import type { Finding } from '../../src/audit/chain/finding';
import { cleanEntry } from '../../src/audit/sink/clean-entry';
import { AuditCheckpoints } from '../../src/audit/table/audit-checkpoints';
import { AuditRetention } from '../../src/audit/table/audit-retention';
import { HeadFiles } from '../../src/audit/table/head-files';
import { insertAuditEvents } from '../../src/audit/table/insert-audit-events';
import { FakeClock } from '../support/fake-clock';
import { eventually } from '../support/eventually';
import { RestApplication } from '../support/rest-application';

const DAY_MS = 24 * 3600 * 1000;

let rest: RestApplication;
let database: DataSource;
let keys: AuditKeys;

beforeEach(async () => {
  rest = await RestApplication.start();
  database = rest.app.get(DataSource);
  keys = rest.app.get(AuditKeys);
});
afterEach(() => rest.stop());

/** Events of an earlier process, one each ten days from then on. */
async function written(stream: string, from: number, count: number): Promise<void> {
  const clock = new FakeClock(from);
  const chain = new AuditChain({ stream, node: 'node', keys, clock });
  const records = Array.from({ length: count }, (_, n) => {
    const record = chain.next(cleanEntry({ code: 'auth.login', outcome: 'ok', data: { n, weight: 0.1 + n } }));
    chain.keep(record);
    clock.advance(10 * DAY_MS);
    return { id: `${n}`, kind: 'audit.event', at: 0, payload: record };
  });
  // Twice, and the first half a third time: as after a kill.
  for (const some of [records, records, records.slice(0, count / 2)]) {
    await database.transaction((manager) => insertAuditEvents(manager, some));
  }
}

async function months(): Promise<string[]> {
  const rows = await database.query<{ name: string }[]>(
    `SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'audit_events'::regclass ORDER BY 1`,
  );
  return rows.map(({ name }) => name.slice('audit_events_'.length));
}

async function findings(): Promise<Finding[]> {
  const found: Finding[] = [];
  const heads = rest.app.get(HeadFiles).readAll();
  const query = <R extends object>(sql: string, parameters?: unknown[]): Promise<R[]> =>
    database.query(sql, parameters);
  await verifyAudit({ query, keys, heads, report: (finding) => found.push(finding) });
  return found;
}

const thisMonth = () => new Date().toISOString().slice(0, 7).replace('-', '_');

it('drops months that are older as a whole, and what is left can still be verified', async () => {
  await written('old', Date.UTC(2020, 0, 5), 9);
  await written('older', Date.UTC(2019, 11, 1), 2);
  await rest.login();
  await eventually(async () => expect(await months()).toContain(thisMonth()));
  expect(await months()).toEqual(['2019_12', '2020_01', '2020_02', '2020_03', thisMonth()]);
  expect(await findings()).toEqual([]);

  await Promise.all([rest.app.get(AuditRetention).sweep(), rest.app.get(AuditRetention).sweep()]);
  await rest.app.get(AuditRetention).sweep();
  expect(await months()).toEqual([thisMonth()]);
  expect(await findings()).toEqual([]);
  const rows = await database.query<{ stream: string; first_seq: string; last_seq: string }[]>(
    'SELECT stream, first_seq, last_seq FROM audit_checkpoints ORDER BY 1, first_seq::int',
  );
  expect(rows.map(({ stream, first_seq, last_seq }) => `${stream} ${first_seq}-${last_seq}`)).toEqual([
    'old 1-3',
    'old 4-6',
    'old 7-9',
    'older 1-2',
  ]);
  await expect(database.query('DELETE FROM audit_checkpoints')).rejects.toMatchObject({ code: '42501' });
});

it('keeps a month in which somebody changed anything, and the ones after it', async () => {
  jest.spyOn(console, 'error').mockImplementation(() => undefined);
  await written('old', Date.UTC(2020, 0, 5), 9);
  await database.transaction(async (manager) => {
    await manager.query(`SET LOCAL session_replication_role = 'replica'`);
    await manager.query(`UPDATE audit_events SET code = 'auth.logout' WHERE seq = 5`);
  });
  await rest.app.get(AuditRetention).sweep();
  expect((await months()).filter((month) => month !== thisMonth())).toEqual(['2020_02', '2020_03']);
  expect((await findings()).map(({ kind, seq }) => `${kind} ${seq}`)).toEqual(['edited 5']);
});

it('tells how far streams go, and notices when one got shorter', async () => {
  jest.spyOn(console, 'error').mockImplementation(() => undefined);
  await written('old', Date.now() - 30 * DAY_MS, 4);
  await rest.login();
  const checkpoints = rest.app.get(AuditCheckpoints);
  await eventually(async () => expect((await checkpoints.note()).length).toBe(2));
  const event = async (code: string): Promise<{ data: Record<string, unknown> } | undefined> => {
    const [found] = await database.query<{ data: Record<string, unknown> }[]>(
      'SELECT data FROM audit_events WHERE code = $1 ORDER BY at DESC LIMIT 1',
      [code],
    );
    return found;
  };
  await checkpoints.publish();
  await eventually(async () => {
    expect((await event('audit.checkpoint'))?.data['heads']).toContainEqual(
      expect.objectContaining({ stream: 'old', seq: 4 }),
    );
  });
  await database.transaction(async (manager) => {
    await manager.query(`SET LOCAL session_replication_role = 'replica'`);
    await manager.query(`DELETE FROM audit_events WHERE stream = 'old' AND seq = 4`);
  });
  await checkpoints.note();
  await eventually(async () => expect(await event('audit.regressed')).toMatchObject({ data: { had: 4, has: 3 } }));
  expect((await findings()).map(({ kind, seq }) => `${kind} ${seq}`)).toEqual(['cut 4']);
});
