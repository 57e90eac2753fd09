import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { InputLedger, MAX_WRITERS, type WriterInput } from './input-ledger';
import { LedgerFile } from './ledger-file';

let directory: string;
let file: string;

beforeEach(() => {
  directory = fs.mkdtempSync('/tmp/hf-ledger-');
  file = `${directory}/input`;
  LedgerFile.create(file);
});

afterEach(() => {
  jest.restoreAllMocks();
  fs.rmSync(directory, { recursive: true, force: true });
});

/** As `InputAcceptor.write` records before and after the PTY took everything up to `end`. */
const intend = (ledger: InputLedger, { slot, written }: WriterInput, end: number): boolean =>
  ledger.record(slot, end, written);
const commit = (ledger: InputLedger, { slot }: WriterInput, end: number): boolean => ledger.record(slot, end, end);

const killed = (): never => {
  throw new Error('killed');
};

const nobody = (_writerId: string): boolean => false;

function claim(ledger: InputLedger, writerId: string = randomUUID(), inUse = nobody): WriterInput {
  const writer = ledger.claim(writerId, inUse);
  if (!writer) throw new Error('no place in the ledger');
  return writer;
}

test('a committed write is known after a restart and is not ambiguous', () => {
  const ledger = new InputLedger(new LedgerFile(file));
  const writer = claim(ledger);
  intend(ledger, writer, 100);
  commit(ledger, writer, 100);
  expect(new InputLedger(new LedgerFile(file)).get(writer.writerId)).toMatchObject({
    received: 100,
    written: 100,
    ambiguous: undefined,
  });
});

test('a write between intent and commit is ambiguous, counts as written, and stays so until the next one', () => {
  const ledger = new InputLedger(new LedgerFile(file));
  const writer = claim(ledger);
  writer.write(Buffer.alloc(100), 0, 100, (_bytes, _at, length) => length);
  expect(() => writer.write(Buffer.alloc(50), 0, 50, killed)).toThrow('killed');
  for (let restart = 0; restart < 2; restart++) {
    const recovered = new InputLedger(new LedgerFile(file)).get(writer.writerId);
    expect(recovered).toMatchObject({ received: 150, written: 150, ambiguous: { from: 100, to: 150 } });
  }
  const next = new InputLedger(new LedgerFile(file));
  const again = claim(next, writer.writerId);
  expect(() => again.write(Buffer.alloc(10), 0, 10, killed)).toThrow('killed');
  // Only the newest write, although the broker was killed twice: the first was reported before it typed on.
  expect(new InputLedger(new LedgerFile(file)).get(writer.writerId)?.ambiguous).toEqual({ from: 150, to: 160 });
});

test('a short write takes the rest of its intent back in one step', () => {
  const ledger = new InputLedger(new LedgerFile(file));
  const writer = claim(ledger);
  intend(ledger, writer, 1024);
  const writes = jest.spyOn(fs, 'writeSync');
  commit(ledger, writer, 10);
  expect(writes).toHaveBeenCalledTimes(1);
  expect(new InputLedger(new LedgerFile(file)).get(writer.writerId)).toMatchObject({
    written: 10,
    ambiguous: undefined,
  });
});

test('offsets up to 2^53 - 1 survive', () => {
  const ledger = new InputLedger(new LedgerFile(file));
  const writer = claim(ledger);
  commit(ledger, writer, Number.MAX_SAFE_INTEGER);
  expect(new InputLedger(new LedgerFile(file)).get(writer.writerId)?.written).toBe(Number.MAX_SAFE_INTEGER);
});

test('beyond the bound the writer that typed longest ago is forgotten, and its slot used again', () => {
  const ledger = new InputLedger(new LedgerFile(file));
  const writers = Array.from({ length: MAX_WRITERS }, () => claim(ledger));
  writers.forEach((writer, index) => commit(ledger, writer, 1000 + index));
  ledger.touch(writers[0] as WriterInput);
  const newcomer = claim(ledger);
  expect(newcomer.slot).toBe(writers[1]?.slot);
  const again = new InputLedger(new LedgerFile(file));
  expect(again.get(writers[1]?.writerId ?? '')).toBeUndefined();
  expect(again.get(writers[0]?.writerId ?? '')).toMatchObject({ written: 1000 });
  // Nothing of the one that was there before.
  expect(again.get(newcomer.writerId)).toMatchObject({ received: 0, written: 0, ambiguous: undefined });
  expect(fs.statSync(file).size).toBe(MAX_WRITERS * 32);
});

test('an attached writer is never forgotten; when all are, there is no place', () => {
  const ledger = new InputLedger(new LedgerFile(file));
  const writers = Array.from({ length: MAX_WRITERS }, () => claim(ledger));
  expect(ledger.claim(randomUUID(), () => true)).toBeUndefined();
  const spared = claim(ledger, randomUUID(), (id) => id !== writers[5]?.writerId);
  expect(spared.slot).toBe(writers[5]?.slot);
  expect(claim(ledger, writers[9]?.writerId)).toBe(writers[9]);
});

test('after a restart no slot is given to two writers', () => {
  const ledger = new InputLedger(new LedgerFile(file));
  const writers = Array.from({ length: 3 }, () => claim(ledger));
  writers.forEach((writer) => commit(ledger, writer, 5));
  const bytes = fs.readFileSync(file);
  // As if the first record had never reached the disk.
  fs.writeFileSync(file, bytes.fill(0, 0, 32));
  const again = new InputLedger(new LedgerFile(file));
  const slots = [1, 2].map((index) => again.get(writers[index]?.writerId ?? '')?.slot);
  const fresh = [claim(again), claim(again)].map(({ slot }) => slot);
  expect(new Set([...slots, ...fresh]).size).toBe(4);
});

test('a full disk refuses the intent, so that nothing is typed which is not recorded', () => {
  const ledger = new InputLedger(new LedgerFile(file));
  const writer = claim(ledger);
  jest.spyOn(fs, 'writeSync').mockImplementation(() => {
    throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
  });
  const typed: string[] = [];
  expect(writer.write(Buffer.from('hello'), 0, 5, () => typed.push('hello') && 5)).toBe(0);
  expect(typed).toEqual([]);
  expect(writer.written).toBe(0);
});
