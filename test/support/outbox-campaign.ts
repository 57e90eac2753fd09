import fs from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Outbox } from '../../src/infrastructure/outbox/outbox';
import { SystemClock } from '../../src/kernel/clock';
import { eventually } from './eventually';
import { insertNumbers, NUMBER, NUMBERS_TABLE, PoolDatabase } from './outbox-database';
import { ROOT } from './root';
import { bundleTypeScript, runBundle } from './run-typescript';

/** A writer is killed after so many acknowledgements at most: at some moment between two fsyncs, transactions, segments. */
const MAX_ACKNOWLEDGED = 2_000;
/** To bring what the last one left, also through a backoff of half a minute. */
const DRAIN_MS = 120_000;

export interface OutboxCampaign {
  /** Of a database without a table `numbers`. */
  readonly url: string;
  /** An empty directory. */
  readonly directory: string;
  /** How often a writer is killed. */
  readonly kills: number;
  /** Called before each writer starts, for example to stop the database. */
  readonly beforeEach?: (kill: number) => Promise<void>;
  readonly random?: () => number;
}

export interface OutboxCampaignResult {
  readonly kills: number;
  /** Records of which a writer had said that they are durable before it was killed. */
  readonly acknowledged: number;
  /** Of these, not in PostgreSQL afterwards. */
  readonly missing: number;
  /** Records that are in PostgreSQL more than once. */
  readonly doubled: number;
}

/** Kills the writer of an outbox again and again, then counts what came to PostgreSQL. */
export async function runOutboxCampaign(campaign: OutboxCampaign): Promise<OutboxCampaignResult> {
  const { url, directory, kills, beforeEach, random = Math.random } = campaign;
  const database = new PoolDatabase(url);
  try {
    await database.rows(NUMBERS_TABLE);
    const bundle = bundleTypeScript(path.join(ROOT, 'test/support/programs/outbox-writer.ts'));
    const acknowledged = new Set<number>();
    let first = 0;
    for (let kill = 0; kill < kills; kill++) {
      await beforeEach?.(kill);
      const numbers = await runAndKill(bundle, [directory, url, String(first)], 1 + random() * MAX_ACKNOWLEDGED);
      for (const n of numbers) acknowledged.add(n);
      // The one it was killed at may be written down without being acknowledged: never used again.
      first = (numbers.at(-1) ?? first) + 2;
    }
    await drain(directory, database);
    const rows = await database.rows<{ n: number }>('SELECT n FROM numbers');
    const stored = new Set(rows.map(({ n }) => n));
    const missing = [...acknowledged].filter((n) => !stored.has(n)).length;
    return { kills, acknowledged: acknowledged.size, missing, doubled: rows.length - stored.size };
  } finally {
    await database.close();
  }
}

/** Answers what it said is durable until it was dead. */
async function runAndKill(bundle: string, args: readonly string[], after: number): Promise<number[]> {
  const child = runBundle(bundle, args);
  if (!child.stdout) throw new Error('the writer has no output');
  const numbers: number[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    // Whole even at a kill: a pipe takes a short line in one piece.
    const [, n] = /^durable (\d+)$/.exec(line) ?? [];
    if (n !== undefined) numbers.push(Number(n));
    if (numbers.length >= after && !child.killed) child.kill('SIGKILL');
  }
  if (!child.killed) throw new Error('the writer ended by itself');
  return numbers;
}

/** As the next gateway process, which takes over what dead ones left. */
async function drain(directory: string, database: PoolDatabase): Promise<void> {
  const outbox = await Outbox.open({ directory, maxBytes: 2 ** 30, database, clock: new SystemClock() });
  outbox.register(NUMBER, insertNumbers);
  outbox.start();
  await eventually(() => {
    const writers = fs.readdirSync(directory).filter((name) => name.startsWith('writer-'));
    const { depth } = outbox.stats();
    if (depth > 0 || writers.length > 1)
      throw new Error(`${depth} records of ${writers.length - 1} writers still wait`);
  }, DRAIN_MS);
  await outbox.close();
}
