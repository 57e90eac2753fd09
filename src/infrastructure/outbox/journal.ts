import { OutboxFullError } from './outbox-full.error';
import { encodeRecord, type OutboxRecord } from './record';
import type { Batch, RecordSource } from './record-source';
import type { SegmentQueue } from './segment-queue';
import { SegmentWriter } from './segment-writer';

/** Small enough to be read at once, large enough that few files are made. */
const SEGMENT_BYTES = 1024 * 1024;
/** A drained segment that is larger is replaced, so that an idle outbox holds next to nothing. */
const RECYCLE_BYTES = 64 * 1024;
/** What waits in memory while the disk is full: some ten thousand records. */
export const MAX_MEMORY_BYTES = 4 * 1024 * 1024;

/** `durable`: in the file, so that no death of this process loses it. `memory`: the disk takes nothing at the moment. */
export type Kept = 'durable' | 'memory';

interface Waiting {
  readonly record: OutboxRecord;
  readonly bytes: Buffer;
}

/** What this process writes down: in segment files, in memory while the disk refuses. */
export class Journal implements RecordSource {
  private writer: SegmentWriter | undefined;
  private memory: Waiting[] = [];
  private memorySize = 0;
  /** The reader holds the first records of the memory: they must not move to the disk. */
  private memoryIsRead = false;
  private refusal: Error | undefined;

  constructor(
    private readonly queue: SegmentQueue,
    private readonly maxDiskBytes: () => number,
  ) {}

  get pending(): number {
    return this.queue.pending + this.memory.length;
  }

  get diskBytes(): number {
    return this.queue.diskBytes;
  }

  get memoryBytes(): number {
    return this.memorySize;
  }

  get oldestAt(): number | undefined {
    return this.queue.oldestAt ?? this.memory[0]?.record.at;
  }

  /** Why the disk refuses, while it does. */
  get diskError(): Error | undefined {
    return this.refusal;
  }

  /** Throws {@link OutboxFullError}. */
  append(record: OutboxRecord): Kept {
    const bytes = encodeRecord(record);
    if (this.flushMemory()) {
      if (this.diskBytes + bytes.length > this.maxDiskBytes()) throw new OutboxFullError('disk');
      if (this.write(bytes)) return 'durable';
    }
    if (this.memorySize + bytes.length > MAX_MEMORY_BYTES) throw new OutboxFullError('memory');
    this.memory.push({ record, bytes });
    this.memorySize += bytes.length;
    return 'memory';
  }

  /** Moves what waits in memory to the disk. True when nothing waits there any more. */
  flushMemory(): boolean {
    if (this.memoryIsRead) return false;
    let moved = 0;
    while (moved < this.memory.length && this.write(this.memory[moved]?.bytes ?? Buffer.alloc(0))) moved++;
    this.forgetMemory(moved);
    return this.memory.length === 0;
  }

  async sync(): Promise<void> {
    await this.writer?.sync();
  }

  peek(max: number): Batch | undefined {
    const stored = this.queue.peek(max);
    if (stored) return { ...stored, done: () => this.advance(stored) };
    if (this.memory.length === 0) return undefined;
    const records = this.memory.slice(0, max).map(({ record }) => record);
    this.memoryIsRead = true;
    const cancel = (): void => void (this.memoryIsRead = false);
    const done = (): void => {
      cancel();
      this.forgetMemory(records.length);
    };
    return { records, done, cancel };
  }

  /** What is still in memory then is lost to the outbox. */
  async close(): Promise<void> {
    this.flushMemory();
    await this.finishSegment();
    this.queue.dropDrained({ newest: true });
  }

  private advance(stored: Batch): void {
    stored.done();
    if (this.queue.pending > 0 || !this.writer) return;
    if (this.writer.size < RECYCLE_BYTES && !this.refusal) return;
    void this.finishSegment();
    this.queue.dropDrained({ newest: true });
  }

  private async finishSegment(): Promise<void> {
    const { writer } = this;
    this.writer = undefined;
    await writer?.finish().catch((error: Error) => (this.refusal = error));
  }

  private write(bytes: Buffer): boolean {
    try {
      const writer = this.writerFor(bytes.length);
      writer.append(bytes);
      this.queue.appended(bytes.length);
      this.refusal = undefined;
      return true;
    } catch (error) {
      this.refusal = error as Error;
      return false;
    }
  }

  private writerFor(bytes: number): SegmentWriter {
    if (this.writer && this.writer.size + bytes <= SEGMENT_BYTES) return this.writer;
    const next = this.openSegment();
    void this.finishSegment();
    return (this.writer = next);
  }

  private openSegment(): SegmentWriter {
    const file = this.queue.addSegment();
    try {
      return new SegmentWriter(file);
    } catch (error) {
      this.queue.removeSegment();
      throw error;
    }
  }

  private forgetMemory(count: number): void {
    if (count === 0) return;
    for (const { bytes } of this.memory.splice(0, count)) this.memorySize -= bytes.length;
  }
}
