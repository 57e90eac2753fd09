import { randomBytes, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { MAX_WRITE_BYTES } from '@holdfast/protocol';
import { eventually } from '../../../test/support/eventually';
import { forkPty } from '../native/pty';
import { InputLedger, type WriterInput } from './input-ledger';
import { InputQueue, MAX_QUEUED_BYTES } from './input-queue';
import { LedgerFile } from './ledger-file';
import { writeToMaster } from './pty-input';

let directory: string;
let ledger: InputLedger;
let writer: WriterInput;
let pid: number;
let fd: number;
let queue: InputQueue;
const acknowledged: number[] = [];

beforeEach(() => {
  directory = fs.mkdtempSync('/tmp/hf-input-');
  LedgerFile.create(`${directory}/input`);
  ledger = new InputLedger(new LedgerFile(`${directory}/input`));
  writer = ledger.claim(randomUUID(), () => false) as WriterInput;
  acknowledged.length = 0;
});

afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
  queue.close();
  ledger.close();
  process.kill(pid, 'SIGKILL');
  fs.closeSync(fd);
  fs.rmSync(directory, { recursive: true, force: true });
});

/** A raw terminal whose program does `script`. */
async function terminal(script: string): Promise<void> {
  ({ fd, pid } = forkPty({
    file: '/bin/sh',
    args: ['-c', `stty raw -echo; echo ready; ${script}`],
    env: ['PATH=/usr/bin:/bin'],
    cols: 80,
    rows: 24,
    onExit: () => undefined,
  }));
  queue = new InputQueue(writeToMaster(fd), ({ written }) => acknowledged.push(written));
  await eventually(() => expect(read()).toContain('ready'));
}

function read(): string {
  const buffer = Buffer.alloc(64 * 1024);
  return buffer.toString('latin1', 0, fs.readSync(fd, buffer, 0, buffer.length, null));
}

test('input arrives exactly and in order, through a terminal that is full now and then', async () => {
  const bytes = randomBytes(300 * 1024);
  await terminal(`head -c ${bytes.length} > ${directory}/read; sleep 60`);
  for (let at = 0; at < bytes.length; at += 10_000) {
    const piece = bytes.subarray(at, at + 10_000);
    queue.push(piece, writer);
  }
  await eventually(() => expect(queue.empty).toBe(true));
  await eventually(() => expect(fs.readFileSync(`${directory}/read`).equals(bytes)).toBe(true));
  expect(writer.written).toBe(bytes.length);
  expect(acknowledged.at(-1)).toBe(bytes.length);
  expect(acknowledged).toEqual([...acknowledged].sort((a, b) => a - b));
});

test('one write has at most the size that may be ambiguous, and its intent is recorded before it', async () => {
  await terminal('cat > /dev/null');
  const original = fs.writeSync.bind(fs) as (...args: unknown[]) => number;
  const order: string[] = [];
  jest.spyOn(fs, 'writeSync').mockImplementation(((
    to: number,
    bytes: Uint8Array,
    at: number,
    length: number,
    position?: number,
  ) => {
    order.push(to === fd ? `write ${length}` : `ledger ${Buffer.from(bytes).readBigUInt64BE(0)}`);
    return original(to, bytes, at, length, position);
  }) as typeof fs.writeSync);
  queue.push(Buffer.alloc(1500), writer);
  expect(order).toEqual([
    'ledger 1024',
    `write ${MAX_WRITE_BYTES}`,
    'ledger 1024',
    'ledger 1500',
    'write 476',
    'ledger 1500',
  ]);
});

test('a program that does not read is tried seldom and has a bound; what waits is refused when it ends', async () => {
  await terminal('sleep 60');
  jest.useFakeTimers();
  let outcome: boolean | undefined;
  queue.push(Buffer.alloc(MAX_QUEUED_BYTES), undefined, (written) => (outcome = written));
  expect(queue.empty).toBe(false);
  expect(queue.hasRoomFor(MAX_QUEUED_BYTES)).toBe(false);
  jest.advanceTimersByTime(1000);
  const writes = jest.spyOn(fs, 'writeSync');
  jest.advanceTimersByTime(1000);
  // Some of it may still go through meanwhile, and then it is tried again soon.
  expect(writes.mock.calls.length).toBeLessThan(100);
  queue.close();
  expect(outcome).toBe(false);
  expect(queue.hasRoomFor(1)).toBe(false);
});

test('nothing is written after close: the descriptor may belong to somebody else', async () => {
  await terminal('sleep 60');
  jest.useFakeTimers();
  queue.push(Buffer.alloc(500 * 1024), writer);
  queue.close();
  const writes = jest.spyOn(fs, 'writeSync');
  let outcome: boolean | undefined;
  queue.push(Buffer.from('x'), undefined, (written) => (outcome = written));
  jest.advanceTimersByTime(1000);
  expect(writes).not.toHaveBeenCalled();
  expect(outcome).toBe(false);
});

test('what the ledger cannot record is not typed before it can', async () => {
  await terminal(`head -c 5 > ${directory}/read; sleep 60`);
  const intend = jest.spyOn(ledger, 'record').mockReturnValue(false);
  queue.push(Buffer.from('hello'), writer);
  await eventually(() => expect(intend.mock.calls.length).toBeGreaterThan(3));
  expect(writer.written).toBe(0);
  intend.mockRestore();
  await eventually(() => expect(fs.readFileSync(`${directory}/read`, 'latin1')).toBe('hello'));
  expect(acknowledged).toEqual([5]);
});

test('nothing to write is done at once', async () => {
  await terminal('sleep 60');
  let outcome: boolean | undefined;
  queue.push(Buffer.alloc(0), undefined, (written) => (outcome = written));
  expect(outcome).toBe(true);
});
