import fs from 'node:fs';
import path from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import { Cursor } from './cursor';
import { decodeRecord, HEADER_BYTES, MAX_JSON_BYTES, type OutboxRecord, recordEnd } from './record';
import type { Batch, RecordSource } from './record-source';
import { inspectSegment } from './segment-inspection';

/** What one look reads: several hundred records, and at least four of the largest. */
const READ_BYTES = 4 * (HEADER_BYTES + MAX_JSON_BYTES);
/** For somebody to look at; beyond it the oldest go, so that a disk that lies cannot fill itself. */
const MAX_DAMAGED_FILES = 16;
const SEGMENT_FILE = /^(\d{12})\.log$/;

interface Segment {
  readonly number: number;
  /** Of good records. */
  size: number;
  /** Records that wait in it. */
  pending: number;
  /** It is kept when its good records are drained. */
  damaged: boolean;
}

export interface Damage {
  readonly file: string;
  /** Where the first bad byte is. */
  readonly offset: number;
}

export interface SegmentQueueOptions {
  readonly directory: string;
  /** Where damaged segments go. */
  readonly damagedDirectory: string;
  readonly onDamage: (damage: Damage) => void;
}

/** The segment files of one writer's directory, read from the oldest record on. */
export class SegmentQueue implements RecordSource {
  private readonly segments: Segment[] = [];
  private readonly cursor: Cursor;
  /** Where the next record begins in the first segment. */
  private offset = 0;
  private nextNumber: number;

  private constructor(private readonly options: SegmentQueueOptions) {
    this.cursor = new Cursor(options.directory);
    this.nextNumber = this.cursor.start.segment + 1;
  }

  /** Looks at what an earlier life left: cuts a torn tail, finds damage, counts. */
  static async open(options: SegmentQueueOptions): Promise<SegmentQueue> {
    const queue = new SegmentQueue(options);
    for (const number of segmentNumbers(options.directory)) {
      queue.adopt(number);
      // A megabyte at a time: the process serves meanwhile.
      await breathe();
    }
    return queue;
  }

  get pending(): number {
    return this.segments.reduce((sum, segment) => sum + segment.pending, 0);
  }

  get diskBytes(): number {
    return this.segments.reduce((sum, segment) => sum + segment.size, 0);
  }

  get oldestAt(): number | undefined {
    return this.pending > 0 ? this.peek(1)?.records[0]?.at : undefined;
  }

  peek(max: number): Batch | undefined {
    for (;;) {
      this.dropDrained();
      const head = this.segments[0];
      if (!head || head.pending === 0) return undefined;
      const { records, end } = this.read(head, max);
      if (records.length > 0)
        return { records, done: () => this.advance(head, records.length, end), cancel: () => undefined };
      // The disk gave back other bytes than were written and checked.
      this.reportDamage(head, this.offset);
      head.pending = 0;
      this.offset = head.size;
    }
  }

  /** A file for new records; they are told of with `appended`. */
  addSegment(): string {
    const number = this.nextNumber++;
    this.segments.push({ number, size: 0, pending: 0, damaged: false });
    return this.fileOf(number);
  }

  /** The file of `addSegment` could not be made. */
  removeSegment(): void {
    this.segments.pop();
  }

  /** One more record is in the newest segment. */
  appended(bytes: number): void {
    const segment = this.segments.at(-1);
    if (!segment) return;
    segment.size += bytes;
    segment.pending++;
  }

  /** Removes segments in which nothing waits; the newest only with `newest`, when nobody appends to it any more. */
  dropDrained({ newest = false } = {}): void {
    for (;;) {
      const head = this.segments[0];
      if (!head || head.pending > 0 || (this.segments.length === 1 && !newest)) return;
      this.segments.shift();
      this.offset = 0;
      this.discard(head);
      this.cursor.move({ segment: head.number, offset: head.size });
    }
  }

  private adopt(number: number): void {
    this.nextNumber = Math.max(this.nextNumber, number + 1);
    const { start } = this.cursor;
    const file = this.fileOf(number);
    const bytes = fs.readFileSync(file);
    const { starts, end, rest } = inspectSegment(bytes);
    const segment: Segment = { number, size: end, pending: starts.length, damaged: false };
    if (rest === 'torn') fs.truncateSync(file, end);
    if (rest === 'damaged') this.reportDamage(segment, end);
    if (number < start.segment) segment.pending = 0;
    // A cursor into the middle of a record is none: applying again what was applied changes nothing.
    if (number === start.segment && (start.offset === end || starts.includes(start.offset))) {
      this.offset = start.offset;
      segment.pending = starts.filter((from) => from >= start.offset).length;
    }
    this.segments.push(segment);
    if (segment.pending > 0 || this.segments.length > 1) return;
    this.segments.pop();
    this.offset = 0;
    this.discard(segment);
  }

  private read(segment: Segment, max: number): { records: OutboxRecord[]; end: number } {
    const bytes = readRange(this.fileOf(segment.number), this.offset, Math.min(READ_BYTES, segment.size - this.offset));
    const records: OutboxRecord[] = [];
    let at = 0;
    while (records.length < max) {
      const end = recordEnd(bytes, at);
      if (end === undefined) break;
      records.push(decodeRecord(bytes, at, end));
      at = end;
    }
    return { records, end: this.offset + at };
  }

  private advance(segment: Segment, count: number, end: number): void {
    segment.pending -= count;
    this.offset = end;
    if (segment.pending === 0 && this.segments.length > 1) this.dropDrained();
    else this.cursor.move({ segment: segment.number, offset: end });
  }

  private reportDamage(segment: Segment, offset: number): void {
    segment.damaged = true;
    this.options.onDamage({ file: this.fileOf(segment.number), offset });
  }

  private discard({ number, damaged }: Segment): void {
    const file = this.fileOf(number);
    if (!damaged) return fs.rmSync(file, { force: true });
    const { directory, damagedDirectory } = this.options;
    fs.mkdirSync(damagedDirectory, { recursive: true, mode: 0o700 });
    fs.renameSync(file, path.join(damagedDirectory, `${path.basename(directory)}-${path.basename(file)}`));
    keepNewest(damagedDirectory, MAX_DAMAGED_FILES);
  }

  private fileOf(number: number): string {
    return path.join(this.options.directory, `${String(number).padStart(12, '0')}.log`);
  }
}

function segmentNumbers(directory: string): number[] {
  const numbers = fs.readdirSync(directory).flatMap((name) => SEGMENT_FILE.exec(name)?.[1] ?? []);
  return numbers.map(Number).sort((a, b) => a - b);
}

function readRange(file: string, from: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  const fd = fs.openSync(file, 'r');
  try {
    return bytes.subarray(0, fs.readSync(fd, bytes, 0, length, from));
  } finally {
    fs.closeSync(fd);
  }
}

function keepNewest(directory: string, count: number): void {
  const files = fs.readdirSync(directory).map((name) => path.join(directory, name));
  const modified = new Map(files.map((file) => [file, fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0]));
  const byAge = files.sort((a, b) => (modified.get(b) ?? 0) - (modified.get(a) ?? 0));
  for (const file of byAge.slice(count)) fs.rmSync(file, { force: true });
}
