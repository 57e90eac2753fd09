import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { Transcript } from './transcript';
import { TranscriptStore } from './transcript-store';

const KIB = 1024;
const clock = { now: Date.now, monotonic: () => performance.now() };
let directory: string;
let store: TranscriptStore;

beforeEach(() => {
  directory = fs.mkdtempSync('/tmp/hf-transcript-');
  store = new TranscriptStore(clock, () => undefined);
});

afterEach(() => {
  jest.restoreAllMocks();
  fs.rmSync(directory, { recursive: true, force: true });
});

function open(maxBytes: number): Transcript {
  return new Transcript({ directory, maxBytes }, store);
}

function readAll(transcript: Transcript, from = transcript.start): Buffer {
  const pieces: Buffer[] = [];
  for (let at = from; at < transcript.end; at += (pieces.at(-1) as Buffer).length) {
    pieces.push(Buffer.from(transcript.read(at, 10 * KIB)));
    if (pieces.at(-1)?.length === 0) throw new Error(`nothing to read at ${at}`);
  }
  return Buffer.concat(pieces);
}

function append(transcript: Transcript, bytes: Buffer, step = 5000): void {
  for (let at = 0; at < bytes.length; at += step) transcript.append(bytes, at, Math.min(step, bytes.length - at));
}

function refuseWrites(code: string, allowBytes = 0): jest.SpyInstance {
  const write = fs.writeSync.bind(fs) as (...args: unknown[]) => number;
  return jest.spyOn(fs, 'writeSync').mockImplementation(((fd: number, bytes: Buffer, at: number, length: number) => {
    if (allowBytes === 0) throw Object.assign(new Error(code), { code });
    const n = Math.min(allowBytes, length);
    allowBytes -= n;
    return write(fd, bytes, at, n);
  }) as typeof fs.writeSync);
}

test('gives back what was appended, across segments and after it is opened again', () => {
  const bytes = randomBytes(300 * KIB);
  const transcript = open(1024 * KIB);
  append(transcript, bytes);
  expect(readAll(transcript).equals(bytes)).toBe(true);
  expect(fs.readdirSync(directory).length).toBeGreaterThan(1);
  transcript.close();
  const again = open(1024 * KIB);
  expect([again.start, again.end]).toEqual([0, bytes.length]);
  append(again, bytes);
  expect(readAll(again).equals(Buffer.concat([bytes, bytes]))).toBe(true);
  again.close();
});

test('reading from any position gives the bytes from there', () => {
  const bytes = randomBytes(150 * KIB);
  const transcript = open(1024 * KIB);
  append(transcript, bytes);
  for (let at = 0; at < bytes.length; at += 4321) {
    const piece = transcript.read(at, 1000);
    expect(piece.length).toBeGreaterThan(0);
    expect(piece.equals(bytes.subarray(at, at + piece.length))).toBe(true);
  }
  expect(transcript.read(bytes.length, 10)).toHaveLength(0);
  expect(transcript.read(0, 0)).toHaveLength(0);
  transcript.close();
});

test('keeps at most its bound, drops the oldest segment, and says where it starts', () => {
  const bytes = randomBytes(3000 * KIB);
  const transcript = open(1024 * KIB);
  let most = 0;
  for (let at = 0; at < bytes.length; at += 7000) {
    transcript.append(bytes, at, Math.min(7000, bytes.length - at));
    most = Math.max(most, transcript.end - transcript.start);
  }
  expect(transcript.end).toBe(bytes.length);
  expect(most).toBeLessThanOrEqual(1024 * KIB);
  expect(most).toBeGreaterThan(900 * KIB);
  const segments = fs.readdirSync(directory).filter((name) => name.endsWith('.out'));
  const onDisk = segments.reduce((sum, name) => sum + fs.statSync(path.join(directory, name)).size, 0);
  expect(onDisk).toBe(transcript.end - transcript.start);
  expect(transcript.read(transcript.start - 1, 10)).toHaveLength(0);
  expect(readAll(transcript).equals(bytes.subarray(transcript.start))).toBe(true);
  transcript.close();
});

test.each(['ENOSPC', 'EDQUOT', 'EIO'])('at %s goes on in memory, says when it is full, and loses nothing', (code) => {
  const bytes = randomBytes(1500 * KIB);
  const transcript = open(8192 * KIB);
  append(transcript, bytes.subarray(0, 100 * KIB));
  const refused = refuseWrites(code, 777);
  append(transcript, bytes.subarray(100 * KIB, 600 * KIB));
  expect(transcript.hasUnwritten).toBe(true);
  expect(transcript.full).toBe(false);
  append(transcript, bytes.subarray(600 * KIB));
  expect(transcript.full).toBe(true);
  expect(transcript.end).toBe(bytes.length);
  expect(readAll(transcript).equals(bytes)).toBe(true);
  expect(transcript.flush()).toBe(false);
  refused.mockRestore();
  expect(transcript.flush()).toBe(true);
  expect([transcript.hasUnwritten, transcript.full]).toEqual([false, false]);
  transcript.close();
  expect(readAll(open(8192 * KIB)).equals(bytes)).toBe(true);
});

test('an error that is no refusal of the disk is not swallowed', () => {
  const transcript = open(1024 * KIB);
  refuseWrites('EBADF');
  expect(() => transcript.append(Buffer.from('x'), 0, 1)).toThrow('EBADF');
});

test('killed right after a segment was begun, it goes on in the empty one', () => {
  const transcript = open(1024 * KIB);
  append(transcript, randomBytes(64 * KIB));
  transcript.close();
  fs.writeFileSync(path.join(directory, String(64 * KIB).padStart(16, '0') + '.out'), '');
  const again = open(1024 * KIB);
  expect([again.start, again.end]).toEqual([0, 64 * KIB]);
  append(again, Buffer.from('on'));
  expect(again.read(64 * KIB, 10).toString()).toBe('on');
  again.close();
});

test('opens no descriptor that close does not give back', () => {
  const before = fs.readdirSync('/proc/self/fd').length;
  const transcript = open(1024 * KIB);
  append(transcript, randomBytes(500 * KIB));
  readAll(transcript);
  transcript.close();
  expect(fs.readdirSync('/proc/self/fd').length).toBe(before);
});
