import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { eventually } from '../../../test/support/eventually';
import { FakeClock } from '../../../test/support/fake-clock';
import { Outbox, type OutboxOptions } from './outbox';
import { OutboxFullError } from './outbox-full.error';
import type { TransactionalDatabase } from './outbox-handler';

const MIB = 1024 * 1024;

/** Applies transactions whole or not at all, and can be away. */
class FakeDatabase implements TransactionalDatabase {
  applied: unknown[] = [];
  transactions = 0;
  failure: Error | undefined;

  async transaction(work: Parameters<TransactionalDatabase['transaction']>[0]): Promise<void> {
    this.transactions++;
    if (this.failure) throw this.failure;
    const rows: unknown[] = [];
    await work({ query: async (_sql, parameters) => void rows.push(...(parameters ?? [])) });
    this.applied.push(...rows);
  }
}

const away = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
let directory: string;
let database: FakeDatabase;
let clock: FakeClock;
const opened: Outbox[] = [];

beforeEach(() => {
  directory = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'hf-outbox-')), 'outbox');
  database = new FakeDatabase();
  clock = new FakeClock();
});
afterEach(async () => {
  for (const outbox of opened.splice(0)) await outbox.close();
  fs.rmSync(path.dirname(directory), { recursive: true });
});

async function open(options: Partial<OutboxOptions> = {}): Promise<Outbox> {
  const outbox = await Outbox.open({ directory, maxBytes: 64 * MIB, database, clock, random: () => 1, ...options });
  outbox.register('number', async (transaction, records) => {
    for (const { payload } of records) {
      if (payload === 'poison') throw Object.assign(new Error('it does not fit'), { code: '22001' });
    }
    await transaction.query(
      '',
      records.map(({ payload }) => payload),
    );
  });
  opened.push(outbox);
  return outbox;
}

function appendNumbers(outbox: Outbox, from: number, to: number): void {
  for (let n = from; n < to; n++) outbox.append('number', n);
}

/** As a process that was killed: the lock goes, the files stay. */
async function die(outbox: Outbox): Promise<void> {
  await outbox.stopDraining();
  (outbox as unknown as { own: { release(): void } }).own.release();
  opened.splice(opened.indexOf(outbox), 1);
}

const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
const writers = (): string[] => fs.readdirSync(directory).filter((name) => name.startsWith('writer-'));
const segments = (): string[] =>
  writers().flatMap((writer) =>
    fs
      .readdirSync(path.join(directory, writer))
      .filter((name) => name.endsWith('.log'))
      .map((name) => path.join(directory, writer, name)),
  );

it('brings records in order, at most 500 in a transaction, and keeps nothing of them', async () => {
  const outbox = await open();
  appendNumbers(outbox, 0, 1200);
  outbox.start();
  await eventually(() => expect(database.applied).toEqual(numbers(0, 1200)));
  expect(database.transactions).toBe(3);
  expect(outbox.stats()).toMatchObject({ state: 'durable', depth: 0, drained: 1200, oldestAgeMs: 0 });
  await outbox.close();
  expect(writers()).toEqual([]);
});

it('waits while the database is away, and goes on at once when told that it is back', async () => {
  database.failure = away;
  const outbox = await open();
  outbox.start();
  const events: string[] = [];
  outbox.events.on('away', () => events.push('away'));
  outbox.events.on('back', () => events.push('back'));
  appendNumbers(outbox, 0, 3);
  await eventually(() => expect(database.transactions).toBe(1));
  clock.advance(61_000);
  appendNumbers(outbox, 3, 5);
  expect(outbox.stats()).toMatchObject({ depth: 5, oldestAgeMs: 61_000 });
  await new Promise(setImmediate);
  // Writing something down is no reason to try.
  expect(database.transactions).toBe(1);
  database.failure = undefined;
  outbox.wake();
  await eventually(() => expect(database.applied).toEqual(numbers(0, 5)));
  expect(events).toEqual(['away', 'back']);
});

it('takes over what a dead process left, and leaves alone what a living one has', async () => {
  database.failure = away;
  const dead = await open();
  appendNumbers(dead, 0, 10);
  await die(dead);
  const living = await open();
  appendNumbers(living, 10, 20);
  database.failure = undefined;
  const heir = await open();
  heir.start();
  await eventually(() => expect(database.applied).toEqual(numbers(0, 10)));
  expect(writers()).toHaveLength(2);
});

it('leaves what it does not know to a process that does, and goes on with its own', async () => {
  const first = await open();
  appendNumbers(first, 0, 3);
  first.append('letter', 'a');
  await die(first);
  const without = await open();
  without.start();
  appendNumbers(without, 3, 6);
  await eventually(() => expect(database.applied).toEqual(numbers(3, 6)));
  expect(without.stats().dead).toBe(0);
  const letters: unknown[] = [];
  const withBoth = await open();
  withBoth.register('letter', async (_, records) => void letters.push(...records.map(({ payload }) => payload)));
  withBoth.start();
  await eventually(() => expect([database.applied, letters]).toEqual([[...numbers(3, 6), ...numbers(0, 3)], ['a']]));
});

it('cuts a torn tail without a word, keeps a damaged segment instead of the oldest, and reports it', async () => {
  const damaged = path.join(directory, 'damaged');
  const earlier = Array.from({ length: 16 }, (_, index) => `earlier-${index}`);
  fs.mkdirSync(damaged, { recursive: true });
  for (const [index, name] of earlier.entries()) {
    fs.writeFileSync(path.join(damaged, name), '');
    fs.utimesSync(path.join(damaged, name), index, index);
  }
  database.failure = away;
  for (const rest of [Buffer.from([0, 0, 0]), Buffer.from('{"not": "a record"}')]) {
    const dead = await open();
    appendNumbers(dead, 0, 2);
    fs.appendFileSync(segments()[0] ?? '', rest);
    await die(dead);
    const damages: number[] = [];
    database = new FakeDatabase();
    const heir = await open();
    heir.events.on('damaged', ({ offset }) => damages.push(offset));
    heir.start();
    await eventually(() => expect(database.applied).toEqual([0, 1]));
    await heir.close();
    expect(damages).toHaveLength(rest.length === 3 ? 0 : 1);
    database.failure = away;
  }
  const kept = fs.readdirSync(damaged);
  expect(kept).toHaveLength(earlier.length);
  expect(earlier.filter((name) => !kept.includes(name))).toEqual(['earlier-0']);
});

it('puts a record aside that is refused for what it says, and brings the others', async () => {
  const outbox = await open();
  const dead: unknown[] = [];
  outbox.events.on('dead', ({ record }) => dead.push(record.payload));
  for (const payload of [0, 'poison', 1, 'poison', 2]) outbox.append('number', payload);
  outbox.append('unheard-of', 3);
  outbox.append('number', 4);
  outbox.start();
  await eventually(() => expect(database.applied).toEqual([0, 1, 2, 4]));
  expect(dead).toEqual(['poison', 'poison', 3]);
  expect(outbox.stats()).toMatchObject({ depth: 0, dead: 3 });
  const letters = fs.readFileSync(path.join(directory, 'dead-letters.jsonl'), 'utf8').trim().split('\n');
  expect(letters.map((line) => (JSON.parse(line) as { error: string }).error)).toEqual([
    'it does not fit',
    'it does not fit',
    'This version knows no records of kind unheard-of.',
  ]);
});

it('never takes a database that refuses everything for a record at fault', async () => {
  database.failure = Object.assign(new Error('relation "sessions" does not exist'), { code: '42P01' });
  const outbox = await open();
  outbox.start();
  appendNumbers(outbox, 0, 2);
  await eventually(() => expect(database.transactions).toBe(1));
  outbox.wake();
  await eventually(() => expect(database.transactions).toBe(2));
  expect(outbox.stats()).toMatchObject({ depth: 2, dead: 0 });
});

it('keeps records in memory while the disk refuses them, and writes them down once it does not', async () => {
  database.failure = away;
  const outbox = await open();
  const refusals: string[] = [];
  outbox.events.on('refused', ({ error }) => refusals.push(error.message));
  const [writer = ''] = writers();
  fs.renameSync(path.join(directory, writer), path.join(directory, 'elsewhere'));
  for (let n = 0; n < 3; n++) expect(outbox.append('number', n)).toBe('memory');
  expect(outbox.stats()).toMatchObject({ state: 'memory', depth: 3, bytes: 0 });
  expect(refusals).toEqual([expect.stringContaining('ENOENT')]);
  fs.renameSync(path.join(directory, 'elsewhere'), path.join(directory, writer));
  await eventually(() => expect(outbox.stats()).toMatchObject({ state: 'durable', depth: 3, memoryBytes: 0 }));
  expect(outbox.append('number', 3)).toBe('durable');
  database.failure = undefined;
  outbox.start();
  await eventually(() => expect(database.applied).toEqual(numbers(0, 4)));
});

it('brings what is in memory although the disk still refuses it', async () => {
  const outbox = await open();
  fs.renameSync(path.join(directory, writers()[0] ?? ''), path.join(directory, 'elsewhere'));
  appendNumbers(outbox, 0, 3);
  outbox.start();
  await eventually(() => expect(database.applied).toEqual(numbers(0, 3)));
  expect(outbox.stats()).toMatchObject({ state: 'durable', depth: 0, memoryBytes: 0 });
});

it('keeps room for those that live already, then refuses', async () => {
  database.failure = away;
  const outbox = await open({ maxBytes: 100_000 });
  const fill = (until: () => boolean): void => {
    while (!until()) outbox.append('number', 'x'.repeat(1000));
  };
  fill(() => !outbox.hasRoom);
  expect(outbox.stats().bytes).toBeGreaterThan(70_000);
  expect(() => fill(() => false)).toThrow(OutboxFullError);
  expect(outbox.stats().bytes).toBeLessThanOrEqual(100_000);
  database.failure = undefined;
  outbox.start();
  await eventually(() => expect(outbox.stats().depth).toBe(0));
  expect(outbox.append('number', 1)).toBe('durable');
});
