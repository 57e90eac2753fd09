import fc from 'fast-check';
import fs from 'node:fs';
import path from 'node:path';
import type { TimeMark } from '../wire/host-messages';
import { TimeLog } from './time-log';

const DAY = 86_400_000;
let directory: string;
let monotonic: number;
let wall: number;
const clock = { now: () => wall, monotonic: () => monotonic };
const pathOf = (start: number): string => path.join(directory, `${start}.times`);

beforeEach(() => {
  directory = fs.mkdtempSync('/tmp/hf-times-');
  monotonic = 5_000;
  wall = 1_700_000_000_000;
});

afterEach(() => {
  jest.restoreAllMocks();
  fs.rmSync(directory, { recursive: true, force: true });
});

function pass(ms: number): void {
  monotonic += ms;
  wall += ms;
}

const all = (log: TimeLog, starts = [0]): Promise<readonly TimeMark[]> => log.read(starts, 0, 1e12, 1e6);

test('says when each piece of output came, and what a position in between belongs to', async () => {
  const log = new TimeLog(pathOf, clock);
  const expected: TimeMark[] = [];
  for (let i = 0; i < 1000; i++) {
    log.note(0, i * 7);
    expected.push([i * 7, wall]);
    pass(10 + (i % 90));
  }
  expect(await all(log)).toEqual(expected);
  expect(await log.read([0], 71, 85, 10)).toEqual([expected[10], expected[11], expected[12]]);
  expect(await log.read([0], 70, 71, 10)).toEqual([expected[10]]);
  expect(await log.read([0], 70, 70, 10)).toEqual([]);
  expect(await log.read([0], 1e9, 1e9 + 1, 10)).toEqual([expected[999]]);
  expect(fs.statSync(pathOf(0)).size).toBeLessThan(3 * 1000);
});

test('a long answer comes in parts, each of which begins with the mark before it', async () => {
  const log = new TimeLog(pathOf, clock);
  for (let i = 0; i < 100; i++, pass(20)) log.note(0, i);
  const first = await log.read([0], 0, 100, 40);
  expect(first).toHaveLength(40);
  const second = await log.read([0], 40, 100, 40);
  expect(second[0]).toEqual([40, wall - 60 * 20]);
});

test('marks are at least 10 ms apart, and coarser in a segment that has very many', () => {
  const log = new TimeLog(pathOf, clock);
  for (let i = 0; i < 100; i++, pass(1)) log.note(0, i);
  log.flush();
  expect(fs.statSync(pathOf(0)).size).toBeLessThan(10 * 4 + 8);
  for (let i = 100; i < 400_000; i++, pass(10)) log.note(0, i);
  log.flush();
  expect(fs.statSync(pathOf(0)).size).toBeLessThan(800 * 1024);
});

test('time goes on when the wall clock is set back, and follows when it is set forward', async () => {
  const log = new TimeLog(pathOf, clock);
  log.note(0, 0);
  const begin = wall;
  pass(100);
  wall -= DAY;
  log.note(0, 1);
  pass(100);
  wall += DAY + 5 * DAY;
  log.note(0, 2);
  expect(await all(log)).toEqual([
    [0, begin],
    [1, begin + 100],
    [2, begin + 200 + 5 * DAY],
  ]);
});

test('a successor goes on behind what was written, also when its clock is behind', async () => {
  const log = new TimeLog(pathOf, clock);
  log.note(0, 0);
  pass(1000);
  log.note(0, 10);
  log.flush();
  const last = wall;
  monotonic = 0;
  wall -= DAY;
  const next = new TimeLog(pathOf, clock);
  next.note(0, 10);
  pass(50);
  next.note(0, 20);
  expect(await all(next)).toEqual([
    [0, last - 1000],
    [10, last],
    [20, last + 50],
  ]);
});

test('is written within a second, and by then only', () => {
  const log = new TimeLog(pathOf, clock);
  log.note(0, 0);
  pass(900);
  log.flushWhenDue();
  expect(fs.existsSync(pathOf(0))).toBe(false);
  pass(100);
  log.flushWhenDue();
  expect(fs.existsSync(pathOf(0))).toBe(true);
});

test('what a full disk wrote half is cut, and written again when there is room', async () => {
  const log = new TimeLog(pathOf, clock);
  const expected: TimeMark[] = [];
  for (let i = 0; i < 50; i++, pass(15)) {
    log.note(0, i * 300);
    expected.push([i * 300, wall]);
  }
  const write = fs.writeSync.bind(fs) as (...args: unknown[]) => number;
  let allow = 11;
  const full = jest.spyOn(fs, 'writeSync').mockImplementation(((fd: number, bytes: Buffer, at: number) => {
    if (allow === 0) throw Object.assign(new Error('full'), { code: 'ENOSPC' });
    const n = allow;
    allow = 0;
    return write(fd, bytes, at, n);
  }) as typeof fs.writeSync);
  expect(log.flush()).toBe(false);
  full.mockRestore();
  expect(log.flush()).toBe(true);
  expect(await all(log)).toEqual(expected);
});

test('torn anywhere, a file gives the marks before, and is continued', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(100_000), fc.integer({ min: 10, max: 1_000_000 })), { minLength: 1, maxLength: 30 }),
      fc.nat(),
      async (steps, cut) => {
        fs.rmSync(pathOf(0), { force: true });
        const log = new TimeLog(pathOf, clock);
        const expected: TimeMark[] = [];
        let offset = 0;
        for (const [bytes, ms] of steps) {
          log.note(0, offset);
          expected.push([offset, wall]);
          offset += bytes + 1;
          pass(ms);
        }
        log.flush();
        fs.truncateSync(pathOf(0), cut % (fs.statSync(pathOf(0)).size + 1));
        const next = new TimeLog(pathOf, clock);
        next.note(0, offset);
        const marks = await all(next);
        expect(marks.slice(0, -1)).toEqual(expected.slice(0, marks.length - 1));
        expect(marks.at(-1)).toEqual([offset, wall]);
      },
    ),
    { numRuns: 100 },
  );
});
