import { InputAcceptor, type InputRecord } from '@holdfast/protocol';

/** Writers remembered for a session; beyond it the one that typed longest ago is forgotten. */
export const MAX_WRITERS = 256;
const ID_BYTES = 16;
const SLOT_BYTES = ID_BYTES + 16;
const INTENT_AT = ID_BYTES;
const COMMIT_AT = ID_BYTES + 8;
/** Every place, from the start: writing on record needs no new block, for which a full disk would have no room. */
export const LEDGER_BYTES = MAX_WRITERS * SLOT_BYTES;

/** Where the ledger survives its process. */
export interface LedgerStore {
  read(): Buffer;
  /** In place and in one step; false when it cannot be done now. */
  put(bytes: Uint8Array, at: number): boolean;
  close(): void;
}

/** One writer's input and its place in the file. */
export class WriterInput extends InputAcceptor {
  constructor(
    /** A UUID in lower case: on disk it is a number. */
    readonly writerId: string,
    readonly slot: number,
    ledger: Pick<InputLedger, 'record'>,
    recovered?: InputRecord,
  ) {
    super((intent, commit) => ledger.record(slot, intent, commit), recovered);
  }
}

/** Where the input of a terminal's writers is on record, in fixed slots. `InputAcceptor` says what and when. */
export class InputLedger {
  /** In the order of use, oldest first. */
  private readonly writers = new Map<string, WriterInput>();
  private readonly pair = Buffer.alloc(16);

  constructor(private readonly store: LedgerStore) {
    const bytes = store.read();
    for (let slot = 0; (slot + 1) * SLOT_BYTES <= bytes.length; slot++)
      this.recover(slot, bytes.subarray(slot * SLOT_BYTES, (slot + 1) * SLOT_BYTES));
  }

  get(writerId: string): WriterInput | undefined {
    return this.writers.get(writerId);
  }

  /**
   * The writer's record, made when there is none. `inUse` protects attached writers from being forgotten; undefined when all
   * of them are attached.
   */
  claim(writerId: string, inUse: (writerId: string) => boolean): WriterInput | undefined {
    const known = this.writers.get(writerId);
    if (known) return known;
    const slot = this.freeSlot(inUse);
    if (slot === undefined) return undefined;
    const writer = new WriterInput(writerId, slot, this);
    const record = Buffer.alloc(SLOT_BYTES);
    record.write(writerId.replaceAll('-', ''), 0, 'hex');
    this.store.put(record, slot * SLOT_BYTES);
    this.writers.set(writerId, writer);
    return writer;
  }

  /** It typed: now it is the last one to be forgotten. */
  touch(writer: WriterInput): void {
    this.writers.delete(writer.writerId);
    this.writers.set(writer.writerId, writer);
  }

  /** Both numbers in one system call. False when they cannot be recorded now. */
  record(slot: number, intent: number, commit: number): boolean {
    this.pair.writeBigUInt64BE(BigInt(intent), 0);
    this.pair.writeBigUInt64BE(BigInt(commit), 8);
    return this.store.put(this.pair, slot * SLOT_BYTES + INTENT_AT);
  }

  /** Gives the store's descriptor back; the next record opens it again. */
  close(): void {
    this.store.close();
  }

  private recover(slot: number, record: Buffer): void {
    if (record.every((byte) => byte === 0)) return;
    const hex = record.toString('hex', 0, ID_BYTES);
    const writerId = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    const intent = Number(record.readBigUInt64BE(INTENT_AT));
    const commit = Number(record.readBigUInt64BE(COMMIT_AT));
    this.writers.set(writerId, new WriterInput(writerId, slot, this, { intent, commit }));
  }

  private freeSlot(inUse: (writerId: string) => boolean): number | undefined {
    if (this.writers.size < MAX_WRITERS) {
      const used = new Set([...this.writers.values()].map(({ slot }) => slot));
      for (let slot = 0; ; slot++) if (!used.has(slot)) return slot;
    }
    for (const [id, writer] of this.writers) {
      if (inUse(id)) continue;
      this.writers.delete(id);
      return writer.slot;
    }
    return undefined;
  }
}
