import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../config/data-source';
import { RandomIds } from '../../src/kernel/ids';
import { Pace } from '../../src/transcripts/index/pace';
import { SessionIndexer } from '../../src/transcripts/index/session-indexer';
import { ClaimLostError, MAX_INDEXED_BYTES, TextIndex } from '../../src/transcripts/index/text-index';
import { MemoryTranscriptHost, type MemoryTranscript } from '../../src/transcripts/memory-transcript-host';
import { TranscriptIndexer } from '../../src/transcripts/transcript-indexer';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { FakeClock } from '../support/fake-clock';

/** Never waits, and counts how often it was asked to. */
class NoPace extends Pace {
  waits = 0;
  onWait: (waits: number) => void = () => undefined;

  wait(): Promise<void> {
    this.onWait(++this.waits);
    return Promise.resolve();
  }
}

let database: TestDatabase;
let dataSource: DataSource;
let host: MemoryTranscriptHost;
let key: string;
let transcript: MemoryTranscript;

beforeAll(async () => {
  database = await createTestDatabase();
  dataSource = await new DataSource(dataSourceOptions(database.url, 5)).initialize();
  await dataSource.query(`INSERT INTO users (id, email, password_hash) VALUES ($1, 'a@test.local', '')`, [
    randomUUID(),
  ]);
  await dataSource.query(`INSERT INTO projects (id, name, owner_id) SELECT 'p', 'p', id FROM users`);
});
afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});
beforeEach(async () => {
  host = new MemoryTranscriptHost();
  key = `session_${randomUUID()}:p`;
  transcript = host.transcript(key);
  await dataSource.query(
    `INSERT INTO sessions (storage_key, id, project_id, owner_id, gateway, profile, status, cols, rows)
     SELECT $1, $1, 'p', id, 'terminal', '', 'running', 80, 24 FROM users`,
    [key],
  );
});

/** A gateway's indexer. */
function gateway(): { indexer: TranscriptIndexer; sessions: SessionIndexer; index: TextIndex; pace: NoPace } {
  const pace = new NoPace();
  const index = new TextIndex(dataSource, new RandomIds());
  const sessions = new SessionIndexer(host, index, pace, new FakeClock());
  return { indexer: new TranscriptIndexer({ searchIndex: true }, host, sessions, index, pace), sessions, index, pace };
}

interface Row {
  readonly from_offset: string;
  readonly to_offset: string;
  readonly body: string;
  readonly said_at: Date;
}

function rows(): Promise<Row[]> {
  return dataSource.query('SELECT * FROM transcript_text WHERE storage_key = $1 ORDER BY from_offset', [key]);
}

async function text(): Promise<string> {
  return (await rows()).map(({ body }) => body).join('\n');
}

function numbered(from: number, to: number): string {
  return (
    Array.from({ length: to - from }, (_, i) => `\x1b[3${i % 8}mline ${from + i}\x1b[0m of the output`).join('\r\n') +
    '\r\n'
  );
}

function plain(from: number, to: number): string {
  return Array.from({ length: to - from }, (_, i) => `line ${from + i} of the output`).join('\n');
}

it('indexes output once it has paused, was much, or has ended', async () => {
  const { indexer } = gateway();
  transcript.write('first\r\n');
  await indexer.look();
  expect(await text()).toBe('');
  await indexer.look();
  expect(await text()).toBe('first');
  transcript.write(numbered(0, 10_000));
  await indexer.look();
  expect(await text()).toBe(`first\n${plain(0, 10_000)}`);
  transcript.write('last\r\n').exited(0);
  await indexer.look();
  expect(await text()).toMatch(/last$/);
});

it('replaces the unfinished end, so that a line that is written in pieces is one line', async () => {
  const { indexer } = gateway();
  for (const piece of ['$ ma', 'ke\b\b', 'ke\r\nmade', '\r\n']) {
    transcript.write(piece);
    await indexer.look();
    await indexer.look();
  }
  expect(await text()).toBe('$ make\nmade');
});

it('goes on with the same text after a restart at any point', async () => {
  transcript.write(numbered(0, 20_000)).exited(0);
  for (let restarts = 0; ; restarts++) {
    const { sessions, pace } = gateway();
    const abort = new AbortController();
    pace.onWait = (waits) => waits === 2 && abort.abort();
    const indexedTo = await sessions.run(transcript.details(), abort.signal);
    expect(restarts).toBeLessThan(30);
    if (indexedTo === transcript.end) break;
  }
  expect(await text()).toBe(plain(0, 20_000));
  const spans = await rows();
  expect(spans.map(({ from_offset }) => from_offset)).toEqual([
    '0',
    ...spans.slice(0, -1).map(({ to_offset }) => to_offset),
  ]);
});

it('lets one gateway index a session at a time, and another go on after a dead one', async () => {
  transcript.write(numbered(0, 5_000)).exited(0);
  const [one, two] = [gateway(), gateway()];
  await one.index.claim({ key, epoch: 'epoch-1' });
  await two.indexer.look();
  expect(await rows()).toEqual([]);
  await dataSource.query(`UPDATE transcript_positions SET claimed_until = now() - interval '1 second'`);
  await two.indexer.look();
  expect(await text()).toBe(plain(0, 5_000));
  // The first one was only slow.
  await expect(
    one.index.write({ key, epoch: 'epoch-1' }, { chunks: [], resume: { offset: 0, state: 0 }, indexedTo: 0 }),
  ).rejects.toThrow(ClaimLostError);
  await Promise.all([gateway().indexer.look(), gateway().indexer.look(), one.indexer.look()]);
  expect(await text()).toBe(plain(0, 5_000));
});

it('drops text the transcript does not hold any more', async () => {
  const { indexer } = gateway();
  transcript.write(numbered(0, 10_000)).exited(0);
  await indexer.look();
  transcript.drop(200_000);
  await indexer.look();
  expect(Number((await rows())[0]?.to_offset)).toBeGreaterThan(200_000);
  expect(await text()).toContain('line 9999');
});

it('keeps a bounded amount of text, the newest', async () => {
  const { indexer } = gateway();
  for (let i = 0; i < 3; i++) transcript.write(`${'x'.repeat(100)} ${i}\r\n`.repeat(40_000), 1000);
  transcript.write('the end\r\n').exited(0);
  await indexer.look();
  const indexed = await text();
  expect(indexed.length).toBeLessThanOrEqual(MAX_INDEXED_BYTES + 1000);
  expect(indexed.length).toBeGreaterThan(MAX_INDEXED_BYTES * 0.9);
  expect(indexed).toMatch(/the end$/);
});

it('skips the oldest of a flood, and begins at a whole line', async () => {
  const { indexer } = gateway();
  transcript.write(`${'y'.repeat(998)}\r\n`.repeat(30_000)).exited(0);
  await indexer.look();
  expect(host.reads[0]?.from).toBe(transcript.end - 16 * 1024 * 1024);
  expect(new Set((await text()).split('\n'))).toEqual(new Set(['y'.repeat(998)]));
});

it('dates text by when it was output', async () => {
  const { indexer } = gateway();
  transcript.write(numbered(0, 400)).write(numbered(400, 800), 60_000).exited(0);
  await indexer.look();
  const [first, ...others] = await rows();
  expect(Number(others.at(-1)?.said_at) - Number(first?.said_at)).toBe(60_000);
});

it('leaves a session alone that the database does not know', async () => {
  host.transcript('unknown:p').write('text').exited(0);
  transcript.write('known\r\n').exited(0);
  await gateway().indexer.look();
  expect(await text()).toBe('known');
});

it('does nothing while the host is away', async () => {
  transcript.write('text').exited(0);
  host.isAway = true;
  await gateway().indexer.look();
  expect(await rows()).toEqual([]);
});
