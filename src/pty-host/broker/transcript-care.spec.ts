import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import fs from 'node:fs';
import path from 'node:path';
import { Transcript } from './transcript';
import { TranscriptStore } from './transcript-store';

const KIB = 1024;
const SEGMENT = 64 * KIB;
/** The reference: what every transcript here holds, from its first byte. */
const text = Buffer.from(Array.from({ length: 400_000 }, (_, i) => `${i}\r\n`).join(''));

let directory: string;
let wall: number;
let store: TranscriptStore;

beforeEach(() => {
  directory = fs.mkdtempSync('/tmp/hf-care-');
  wall = Date.now();
  store = newStore();
});

afterEach(() => {
  jest.restoreAllMocks();
  fs.rmSync(directory, { recursive: true, force: true });
});

function newStore(): TranscriptStore {
  const clock = { now: () => wall, monotonic: () => wall };
  return new TranscriptStore(clock, () => undefined, { coldAfterBytes: 2 * SEGMENT });
}

function open(change: { maxBytes?: number; ended?: boolean; onReadable?: () => void } = {}): Transcript {
  return new Transcript({ directory, maxBytes: 1024 * KIB, ...change }, store);
}

function append(transcript: Transcript, bytes: number): void {
  for (let left = bytes; left > 0; left -= 5000) transcript.append(text, transcript.end, Math.min(5000, left));
}

async function settle(): Promise<void> {
  wall += 60_000;
  await store.work();
}

async function fetchAll(transcript: Transcript, from = transcript.start, to = transcript.end): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (let at = from; at < to; at += pieces.at(-1)?.length ?? 0) {
    pieces.push(Buffer.from(await transcript.fetch(at, Math.min(30 * KIB, to - at))));
    if (pieces.at(-1)?.length === 0) throw new Error(`nothing at ${at}`);
  }
  return Buffer.concat(pieces);
}

const names = (suffix: string): string[] =>
  fs
    .readdirSync(directory)
    .filter((name) => name.endsWith(suffix))
    .sort();

function flip(name: string, at: number): void {
  const file = path.join(directory, name);
  const bytes = fs.readFileSync(file);
  bytes[at] = (bytes[at] as number) ^ 1;
  fs.writeFileSync(file, bytes);
}

const file = (start: number, suffix: string): string => String(start).padStart(16, '0') + suffix;

test('what lies far behind the end is compressed, what may be replayed is not, and all of it is read as it was', async () => {
  const transcript = open();
  append(transcript, 10 * SEGMENT + 100);
  await store.work();
  expect(names('.gz')).toEqual([]);
  await settle();
  expect(names('.gz')).toHaveLength(8);
  expect(names('.out')).toHaveLength(3);
  expect(names('.new')).toEqual([]);
  expect((await fetchAll(transcript)).equals(text.subarray(0, transcript.end))).toBe(true);
  const onDisk = [...names('.gz'), ...names('.out')].map((name) => fs.statSync(path.join(directory, name)).size);
  expect(store.storedBytes).toBe(onDisk.reduce((sum, size) => sum + size));
  transcript.close();
  const again = open();
  expect([again.start, again.end]).toEqual([0, 10 * SEGMENT + 100]);
  expect((await fetchAll(again)).equals(text.subarray(0, again.end))).toBe(true);
  append(again, SEGMENT);
  expect((await fetchAll(again)).equals(text.subarray(0, 11 * SEGMENT + 100))).toBe(true);
  again.close();
});

test('an ended transcript is compressed wholly', async () => {
  const transcript = open();
  append(transcript, 3 * SEGMENT + 20 * KIB);
  transcript.markEnded();
  await settle();
  expect(names('.out')).toEqual([]);
  transcript.close();
  const again = open({ ended: true });
  expect(again.end).toBe(3 * SEGMENT + 20 * KIB);
  expect((await fetchAll(again)).equals(text.subarray(0, again.end))).toBe(true);
});

test('what does not become smaller stays as it is, and is not tried again', async () => {
  const bytes = randomBytes(4 * SEGMENT);
  const transcript = open();
  for (let at = 0; at < bytes.length; at += 10_000) {
    transcript.append(bytes, at, Math.min(10_000, bytes.length - at));
  }
  await settle();
  expect(names('.gz')).toEqual([]);
  const read = jest.spyOn(fs.promises, 'readFile');
  await settle();
  expect(read).not.toHaveBeenCalled();
  expect((await fetchAll(transcript)).equals(bytes)).toBe(true);
  transcript.close();
});

test('who reads on waits for a compressed segment, and is told when it is there', async () => {
  append(open(), 5 * SEGMENT);
  await settle();
  store = newStore();
  let readable!: () => void;
  const told = new Promise<void>((resolve) => (readable = resolve));
  const transcript = open({ onReadable: () => readable() });
  expect(transcript.read(10, 20)).toHaveLength(0);
  await told;
  expect(transcript.read(10, 20).equals(text.subarray(10, 30))).toBe(true);
  expect(transcript.isDamagedAt(10)).toBe(false);
});

describe.each([
  ['sealed', '.out', 4 * SEGMENT],
  ['compressed', '.gz', SEGMENT],
])('damage of a %s segment', (_, suffix, start) => {
  beforeEach(async () => {
    append(open(), 6 * SEGMENT);
    await settle();
    store = newStore();
  });

  test.each([
    ['a flipped bit in the middle', (name: string) => flip(name, 5000)],
    ['a flipped bit at the end', (name: string) => flip(name, fs.statSync(path.join(directory, name)).size - 1)],
    ['a torn end', (name: string) => fs.truncateSync(path.join(directory, name), 3000)],
    ['an empty file', (name: string) => fs.truncateSync(path.join(directory, name), 0)],
    ['more than was written', (name: string) => fs.appendFileSync(path.join(directory, name), 'more')],
    ['a missing file', (name: string) => fs.rmSync(path.join(directory, name))],
  ])('%s is never delivered, and the rest stays readable', async (kind, damage) => {
    damage(file(start, suffix));
    const transcript = open();
    if (kind === 'more than was written' && suffix === '.gz') {
      // gzip ignores what follows it, or refuses; what it delivers is right.
      await fetchAll(transcript).catch((error) => expect(error).toMatchObject({ code: 'transcript_damaged' }));
      return;
    }
    expect(transcript.end).toBe(6 * SEGMENT);
    expect((await fetchAll(transcript, 0, start)).equals(text.subarray(0, start))).toBe(true);
    await expect(transcript.fetch(start + 7, 10)).rejects.toMatchObject({
      code: 'transcript_damaged',
      details: { from: start + 7, to: start + SEGMENT },
    });
    expect(transcript.read(start, 10)).toHaveLength(0);
    expect(transcript.isDamagedAt(start)).toBe(true);
    const rest = await fetchAll(transcript, start + SEGMENT);
    expect(rest.equals(text.subarray(start + SEGMENT, 6 * SEGMENT))).toBe(true);
    append(transcript, 10);
    expect(transcript.read(6 * SEGMENT, 10).equals(text.subarray(6 * SEGMENT, 6 * SEGMENT + 10))).toBe(true);
  });
});

test('a segment that is damaged before it is compressed is not made to look whole', async () => {
  append(open(), 2 * SEGMENT + 10);
  await settle();
  expect(names('.gz')).toEqual([]);
  flip(file(0, '.out'), 77);
  store = newStore();
  const transcript = open();
  append(transcript, 3 * SEGMENT);
  await settle();
  expect(names('.gz')).not.toContain(file(0, '.gz'));
  await expect(transcript.fetch(0, 10)).rejects.toMatchObject({ code: 'transcript_damaged' });
});

test('an index that is torn, damaged or gone costs nothing but the checks it held', async () => {
  append(open(), 6 * SEGMENT);
  await settle();
  const index = fs.readFileSync(path.join(directory, 'seals'));
  for (const bytes of [index.subarray(0, 100), Buffer.alloc(500, 7), Buffer.alloc(0)]) {
    fs.writeFileSync(path.join(directory, 'seals'), bytes);
    store = newStore();
    const transcript = open();
    expect((await fetchAll(transcript)).equals(text.subarray(0, 6 * SEGMENT))).toBe(true);
    await settle();
    expect((await fetchAll(transcript)).equals(text.subarray(0, 6 * SEGMENT))).toBe(true);
    transcript.close();
  }
});

test('while the disk takes nothing, nothing is compressed and nothing changes; later it is', async () => {
  const transcript = open();
  append(transcript, 6 * SEGMENT);
  const full = jest
    .spyOn(fs.promises, 'writeFile')
    .mockRejectedValue(Object.assign(new Error('full'), { code: 'ENOSPC' }));
  await settle();
  expect(full).toHaveBeenCalledTimes(1);
  expect([names('.gz'), names('.new')]).toEqual([[], []]);
  expect((await fetchAll(transcript)).equals(text.subarray(0, 6 * SEGMENT))).toBe(true);
  full.mockRestore();
  wall += 1_000;
  await store.work();
  expect(names('.gz')).toEqual([]);
  await settle();
  expect(names('.gz')).toHaveLength(4);
});

test('a transcript that is removed while a segment is compressed leaves no file', async () => {
  const transcript = open();
  append(transcript, 6 * SEGMENT);
  wall += 60_000;
  const work = store.work();
  transcript.forget();
  for (const name of fs.readdirSync(directory)) fs.rmSync(path.join(directory, name));
  await work;
  expect(fs.readdirSync(directory)).toEqual([]);
  expect(store.storedBytes).toBe(0);
});

test('every descriptor is given back, also by what is compressed and dropped', async () => {
  const before = fs.readdirSync('/proc/self/fd').length;
  const transcript = open();
  append(transcript, 6 * SEGMENT);
  transcript.read(0, 10);
  await settle();
  await fetchAll(transcript);
  append(transcript, 20 * SEGMENT);
  transcript.close();
  expect(fs.readdirSync('/proc/self/fd').length).toBe(before);
});

class Killed extends Error {}

/** From the `step`th change of a file on, the process is dead: nothing is changed any more. Returns how to bury it. */
function killAt(step: number): () => void {
  let left = step;
  const change = <T extends object>(target: T, name: keyof T): jest.SpyInstance => {
    const original = target[name] as (...args: unknown[]) => unknown;
    return jest.spyOn(target as never, name as never).mockImplementation(((...args: unknown[]) => {
      if (left-- > 0) return original.apply(target, args);
      throw new Killed();
    }) as never);
  };
  const names = ['writeSync', 'appendFileSync', 'writeFileSync', 'renameSync', 'rmSync', 'ftruncateSync'] as const;
  const spies = [...names.map((name) => change(fs, name)), change(fs.promises, 'writeFile')];
  return () => spies.forEach((spy) => spy.mockRestore());
}

type Operation =
  | { readonly op: 'append'; readonly bytes: number }
  | { readonly op: 'read'; readonly share: number; readonly max: number }
  | { readonly op: 'care' }
  | { readonly op: 'limit'; readonly bytes: number }
  | { readonly op: 'reopen' }
  | { readonly op: 'kill'; readonly step: number; readonly bytes: number };

const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ op: fc.constant('append' as const), bytes: fc.nat(3 * SEGMENT) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constant('read' as const),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      max: fc.nat(100 * KIB),
    }),
  },
  { weight: 3, arbitrary: fc.constant({ op: 'care' as const }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('limit' as const), bytes: fc.nat(8 * SEGMENT) }) },
  { weight: 1, arbitrary: fc.constant({ op: 'reopen' as const }) },
  {
    weight: 3,
    arbitrary: fc.record({ op: fc.constant('kill' as const), step: fc.nat(40), bytes: fc.nat(2 * SEGMENT) }),
  },
);

test('whatever is appended, sealed, compressed, dropped and cut off by a kill, every byte that is read is the one that was written', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { maxLength: 25 }), async (operations) => {
      for (const name of fs.readdirSync(directory)) fs.rmSync(path.join(directory, name));
      store = newStore();
      let transcript = open();
      const reopen = (): void => {
        const { start, end } = transcript;
        transcript.close();
        store = newStore();
        transcript = open();
        expect(transcript.start).toBeGreaterThanOrEqual(start);
        expect(transcript.end).toBe(end);
      };
      for (const each of operations) {
        const { start, end } = transcript;
        switch (each.op) {
          case 'append':
            append(transcript, each.bytes);
            expect(transcript.end).toBe(end + each.bytes);
            break;
          case 'read': {
            const from = start + Math.floor((end - start) * each.share);
            const expected = text.subarray(from, Math.min(end, from + each.max));
            const now = transcript.read(from, each.max);
            expect(expected.subarray(0, now.length).equals(now)).toBe(true);
            expect((await fetchAll(transcript, from, from + expected.length)).equals(expected)).toBe(true);
            break;
          }
          case 'care':
            await settle();
            break;
          case 'limit':
            store.limit(each.bytes);
            store.tick();
            await store.work();
            store.limit(Number.POSITIVE_INFINITY);
            expect(transcript.end).toBe(end);
            break;
          case 'reopen':
            reopen();
            break;
          case 'kill': {
            const bury = killAt(each.step);
            try {
              append(transcript, each.bytes);
              await settle();
            } catch (error) {
              if (!(error instanceof Killed)) throw error;
            }
            bury();
            // The successor finds what the disk has, which is at least what was there before.
            transcript = open();
            expect(transcript.end).toBeGreaterThanOrEqual(end);
            expect(transcript.end).toBeLessThanOrEqual(end + each.bytes);
            store = newStore();
            transcript = open();
          }
        }
      }
      expect((await fetchAll(transcript)).equals(text.subarray(transcript.start, transcript.end))).toBe(true);
      const disk = [...names('.gz'), ...names('.out')].map((name) => fs.statSync(path.join(directory, name)).size);
      expect(store.storedBytes).toBe(disk.reduce((sum, size) => sum + size, 0));
      transcript.close();
    }),
    { numRuns: 60 },
  );
}, 300_000);
