import fs from 'node:fs';
import type { ByteRange } from '@holdfast/protocol';

/** Writers remembered for a session; beyond it the one that typed longest ago is forgotten. */
export const MAX_WRITERS = 64;
const ID_BYTES = 16;
const SLOT_BYTES = ID_BYTES + 16;
const INTENT_AT = ID_BYTES;
const COMMIT_AT = ID_BYTES + 8;

/** How far one writer's input has come. `written` ≤ `received`; the bytes between wait in memory. */
export interface WriterInput {
  readonly writerId: string;
  readonly slot: number;
  /** Everything before was accepted; what comes again is a duplicate. */
  received: number;
  /** Everything before was written to the PTY. */
  written: number;
  /** May or may not have been written before the previous broker was killed. */
  ambiguous: ByteRange | undefined;
}

/**
 * What was typed, so that it is typed once: before each write to the PTY its end is recorded as the intent, after it as
 * the commit. A broker that was killed between the two leaves one write of at most 1 KiB that nobody can decide; it is
 * reported and never repeated. Fixed slots in one file, written in place with pwrite(2): page cache, no fsync.
 */
export class InputLedger {
  private fd = -1;
  /** In the order of use, oldest first. */
  private readonly writers = new Map<string, WriterInput>();
  private readonly numbers = Buffer.alloc(8);

  constructor(private readonly file: string) {
    if (!fs.existsSync(file)) return;
    const bytes = fs.readFileSync(file);
    for (let slot = 0; (slot + 1) * SLOT_BYTES <= bytes.length; slot++)
      this.recover(slot, bytes.subarray(slot * SLOT_BYTES));
  }

  get(writerId: string): WriterInput | undefined {
    return this.writers.get(writerId);
  }

  /** The writer's record, made when there is none. `inUse` protects attached writers from being forgotten. */
  claim(writerId: string, inUse: (writerId: string) => boolean): WriterInput {
    const known = this.writers.get(writerId);
    if (known) {
      this.writers.delete(writerId);
      this.writers.set(writerId, known);
      return known;
    }
    const writer: WriterInput = { writerId, slot: this.freeSlot(inUse), received: 0, written: 0, ambiguous: undefined };
    const record = Buffer.alloc(SLOT_BYTES);
    record.write(writerId.replaceAll('-', ''), 0, 'hex');
    fs.writeSync(this.open(), record, 0, SLOT_BYTES, writer.slot * SLOT_BYTES);
    this.writers.set(writerId, writer);
    return writer;
  }

  intend(writer: WriterInput, end: number): void {
    this.put(writer.slot * SLOT_BYTES + INTENT_AT, end);
  }

  /** `intent` is what was announced: a short write takes the rest of it back. */
  commit(writer: WriterInput, end: number, intent: number): void {
    writer.written = end;
    this.put(writer.slot * SLOT_BYTES + COMMIT_AT, end);
    if (intent !== end) this.intend(writer, end);
  }

  /** Gives the descriptor back; the next write opens the file again. */
  close(): void {
    if (this.fd >= 0) fs.closeSync(this.fd);
    this.fd = -1;
  }

  private open(): number {
    if (this.fd < 0) this.fd = fs.openSync(this.file, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o600);
    return this.fd;
  }

  private recover(slot: number, record: Buffer): void {
    const hex = record.toString('hex', 0, ID_BYTES);
    if (/^0+$/.test(hex)) return;
    const writerId = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    const intent = Number(record.readBigUInt64BE(INTENT_AT));
    const commit = Number(record.readBigUInt64BE(COMMIT_AT));
    const ambiguous = intent > commit ? { from: commit, to: intent } : undefined;
    const end = Math.max(intent, commit);
    this.writers.set(writerId, { writerId, slot, received: end, written: end, ambiguous });
  }

  private freeSlot(inUse: (writerId: string) => boolean): number {
    if (this.writers.size < MAX_WRITERS) return this.writers.size;
    for (const [id, writer] of this.writers) {
      if (inUse(id)) continue;
      this.writers.delete(id);
      return writer.slot;
    }
    throw new RangeError(`more than ${MAX_WRITERS} writers are attached`);
  }

  private put(at: number, value: number): void {
    this.numbers.writeBigUInt64BE(BigInt(value));
    fs.writeSync(this.open(), this.numbers, 0, 8, at);
  }
}
