import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Outbox } from '../../src/infrastructure/outbox/outbox';
import { SystemClock } from '../../src/kernel/clock';
import { eventually } from '../support/eventually';
import { runOutboxCampaign } from '../support/outbox-campaign';
import { insertNumbers, NUMBER, NUMBERS_TABLE, PoolDatabase } from '../support/outbox-database';
import { TestCluster } from '../support/test-cluster';

/** More on a quiet machine: HOLDFAST_FAULTS=100 npm test -- outbox */
const FAULTS = Number(process.env['HOLDFAST_FAULTS'] ?? 4);
const isRoot = process.getuid?.() === 0;

let cluster: TestCluster;
let directory: string;

beforeEach(async () => {
  // What PostgreSQL has said is committed must survive its immediate end.
  cluster = await TestCluster.start({ synchronous_commit: 'on' });
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'hf-outbox-'));
});
afterEach(async () => {
  await cluster.stop();
  fs.rmSync(directory, { recursive: true, force: true });
});

it('loses and doubles nothing when its process is killed again and again', async () => {
  const result = await runOutboxCampaign({ url: cluster.url(), directory, kills: FAULTS });
  expect(result).toMatchObject({ kills: FAULTS, missing: 0, doubled: 0 });
  expect(result.acknowledged).toBeGreaterThan(FAULTS);
  console.log(`outbox: ${JSON.stringify(result)}`);
}, 600_000);

it('loses and doubles nothing when PostgreSQL ends in the middle as well', async () => {
  let isAway = false;
  const beforeEach = async (kill: number): Promise<void> => {
    if (kill % 4 === 1) await cluster.goAway();
    if (kill % 4 === 3) await cluster.comeBack();
    isAway = kill % 4 === 1 || kill % 4 === 2;
  };
  const kills = 4 * Math.ceil(FAULTS / 4);
  const result = await runOutboxCampaign({ url: cluster.url(), directory, kills, beforeEach });
  expect(isAway).toBe(false);
  expect(result).toMatchObject({ kills, missing: 0, doubled: 0 });
  console.log(`outbox, PostgreSQL stopped ${kills / 4} times: ${JSON.stringify(result)}`);
}, 600_000);

// A small file system has to be mounted.
(isRoot ? it : it.skip)(
  'keeps records in memory while the disk is full, refuses more, and brings them all',
  async () => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', directory]);
    const database = new PoolDatabase(cluster.url());
    await database.rows(NUMBERS_TABLE);
    await cluster.goAway();
    const outbox = await Outbox.open({
      directory: path.join(directory, 'outbox'),
      maxBytes: 2 ** 30,
      database,
      clock: new SystemClock(),
    });
    try {
      outbox.register(NUMBER, insertNumbers);
      outbox.start();
      let n = 0;
      while (outbox.append(NUMBER, n++) === 'durable');
      expect(outbox.stats()).toMatchObject({ state: 'memory', depth: n });
      expect(outbox.hasRoom).toBe(true);
      while (outbox.hasRoom) outbox.append(NUMBER, n++);
      expect(() => {
        for (;;) outbox.append(NUMBER, n++);
      }).toThrow(/disk takes no more records/);
      n--;
      expect(outbox.stats()).toMatchObject({ state: 'memory', depth: n });

      await cluster.comeBack();
      outbox.wake();
      await eventually(() => expect(outbox.stats()).toMatchObject({ state: 'durable', depth: 0 }), 60_000);
      expect(outbox.append(NUMBER, n++)).toBe('durable');
      await eventually(() => expect(outbox.stats().depth).toBe(0), 60_000);
      const [stored] = await database.rows(
        'SELECT count(*)::int AS rows, count(DISTINCT n)::int AS numbers, max(n) AS newest FROM numbers',
      );
      expect(stored).toEqual({ rows: n, numbers: n, newest: n - 1 });
    } finally {
      await outbox.close();
      await database.close();
      execFileSync('umount', ['-l', directory]);
    }
  },
  180_000,
);
