import { randomUUID } from 'node:crypto';
import { MAX_EVENTS_PER_SESSION, SESSION_RECORD_HANDLERS } from '../../src/sessions/session-record-handlers';
import { RecordKind, type StateRecord } from '../../src/sessions/session-records';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { PoolDatabase } from '../support/outbox-database';

const KEY = 's:p';
const T = Date.UTC(2030, 0, 1);

let test: TestDatabase;
let database: PoolDatabase;

beforeEach(async () => {
  test = await createTestDatabase();
  database = new PoolDatabase(test.url);
  const owner = randomUUID();
  await database.rows(`INSERT INTO users (id, email, password_hash) VALUES ('${owner}', 'a@test.local', '')`);
  await database.rows(`INSERT INTO projects (id, name, owner_id) VALUES ('p', 'p', '${owner}')`);
  await database.rows(
    `INSERT INTO sessions (storage_key, id, project_id, owner_id, gateway, profile, status, cols, rows, last_activity_at)
     VALUES ('${KEY}', 's', 'p', '${owner}', 'terminal', 'default', 'starting', 80, 24, '2029-01-01')`,
  );
});
afterEach(async () => {
  await database.close();
  await test.drop();
});

type Kind = keyof typeof SESSION_RECORD_HANDLERS;

async function apply(kind: Kind, ...payloads: readonly object[]): Promise<void> {
  const records = payloads.map((payload) => ({ id: randomUUID(), kind, at: T, payload }));
  await database.transaction((transaction) => SESSION_RECORD_HANDLERS[kind](transaction, records));
}

function state(version: number, more: Partial<StateRecord> = {}): StateRecord {
  const end = version % 2 === 1;
  return {
    key: KEY,
    version,
    status: end ? 'ended' : 'running',
    epoch: `epoch ${Math.floor(version / 2)}`,
    hostId: 'node',
    incarnation: 1,
    endReason: end ? 'exited' : null,
    exitCode: end ? 0 : null,
    signal: null,
    endedAt: end ? T : null,
    ...more,
  };
}

const session = async (): Promise<Record<string, unknown> | undefined> =>
  (await database.rows<Record<string, unknown>>('SELECT * FROM sessions'))[0];

it('a state that is not newer changes nothing, in one batch or late', async () => {
  await apply(RecordKind.state, state(2), state(3, { exitCode: 7 }));
  expect(await session()).toMatchObject({ status: 'ended', state_version: 3, exit_code: 7, epoch: 'epoch 1' });
  await apply(RecordKind.state, state(2));
  await apply(RecordKind.state, state(3, { exitCode: 8, endReason: 'host-lost' }));
  expect(await session()).toMatchObject({ status: 'ended', exit_code: 7, end_reason: 'exited', ended_at: new Date(T) });
});

it('a new epoch begins after the end of the last one, and forgets how that ended', async () => {
  await apply(RecordKind.state, state(3));
  await apply(RecordKind.state, state(4));
  expect(await session()).toMatchObject({ status: 'running', epoch: 'epoch 2', end_reason: null, ended_at: null });
  await apply(RecordKind.state, state(3));
  expect(await session()).toMatchObject({ status: 'running', state_version: 4 });
});

it('the newest title stays, and activity never goes back', async () => {
  const title = (text: string | null, at: number): object => ({
    key: KEY,
    title: text,
    titleAt: at,
    lastActivityAt: at,
  });
  await apply(RecordKind.activity, title('old', T), title('new', T + 2), title(null, T + 3));
  await apply(RecordKind.activity, title('between', T + 1));
  expect(await session()).toMatchObject({ title: 'new', title_at: new Date(T + 2), last_activity_at: new Date(T + 3) });
});

it('passes over sessions that are not there', async () => {
  const key = 'gone:p';
  await apply(RecordKind.state, state(3, { key }));
  await apply(RecordKind.activity, { key, title: 'x', titleAt: T, lastActivityAt: T });
  await apply(RecordKind.event, { key, at: T, kind: 'kept', data: {} }, { key: KEY, at: T, kind: 'kept', data: {} });
  expect(await database.rows('SELECT storage_key FROM session_events')).toEqual([{ storage_key: KEY }]);
});

it('the same event is in the history once, and the oldest ones go beyond the bound', async () => {
  const events = Array.from({ length: MAX_EVENTS_PER_SESSION + 20 }, (_, n) => ({
    id: randomUUID(),
    kind: RecordKind.event,
    at: T,
    payload: { key: KEY, at: T + n, kind: 'renamed', data: { n } },
  }));
  const handler = SESSION_RECORD_HANDLERS[RecordKind.event];
  await database.transaction((transaction) => handler(transaction, events.slice(0, 10)));
  await database.transaction((transaction) => handler(transaction, events.slice(0, 10)));
  expect(await database.rows('SELECT id FROM session_events')).toHaveLength(10);
  await database.transaction((transaction) => handler(transaction, events));
  const [left] = await database.rows(
    `SELECT count(*)::int AS count, min((data->>'n')::int) AS oldest FROM session_events`,
  );
  expect(left).toEqual({ count: MAX_EVENTS_PER_SESSION, oldest: 20 });
});
