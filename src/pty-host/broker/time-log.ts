import fs from 'node:fs';
import type { TimeMark } from '../wire/host-messages';
import { isDiskRefusal } from './disk-refusal';
import { MAX_MARK_BYTES, MarkCollector, decodeMarks, encodeMark, type MarkPosition } from './time-marks';

/** Finer than anybody sees. */
const MARK_INTERVAL_MS = 10;
/** Of one segment, about 768 KiB; a program that prints a byte every 10 ms for 45 minutes. Beyond it, a mark a second. */
const FINE_MARKS = 256 * 1024;
const COARSE_INTERVAL_MS = 1_000;
/** Of one segment. A program that prints a byte a second for three days has no later marks in it. */
const MAX_MARKS = 2 * FINE_MARKS;
/** At most this much of timing, never of output, is lost with a broker that is killed. */
const FLUSH_MS = 1_000;
/** Waits in memory while the disk refuses; then there are no marks until it takes some. */
const MAX_BATCH_BYTES = 64 * 1024;
const FIRST_BATCH_BYTES = 256;
/** The wall clock was set, not merely corrected. */
const CLOCK_JUMP_MS = 1_000;

export interface TimeSource {
  readonly now: () => number;
  readonly monotonic: () => number;
}

/** When the output of a transcript came: a file of marks beside each segment. Recordings are played from it. */
export class TimeLog {
  private segmentStart = -1;
  private last: MarkPosition = { offset: 0, unixMs: 0 };
  private marks = 0;
  private batch = Buffer.allocUnsafeSlow(FIRST_BATCH_BYTES);
  private batchBytes = 0;
  private batchSince = 0;
  private retryAt = 0;
  /** Of the segment's file: whole marks; behind them there may be a torn one. */
  private fileBytes = 0;
  private torn = false;
  /** Wall clock minus monotonic clock. Moves forward only, so that time does. */
  private anchor = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly pathOf: (segmentStart: number) => string,
    private readonly clock: TimeSource,
  ) {}

  /** Output comes now, at `offset`, into the segment that starts at `segmentStart`. */
  note(segmentStart: number, offset: number): void {
    const monotonic = this.clock.monotonic();
    const wall = this.clock.now();
    if (wall - this.anchor - monotonic > CLOCK_JUMP_MS) this.anchor = wall - monotonic;
    const begins = segmentStart !== this.segmentStart;
    if (begins && !this.begin(segmentStart, monotonic)) return;
    const unixMs = Math.floor(this.anchor + monotonic);
    const interval = this.marks < FINE_MARKS ? MARK_INTERVAL_MS : COARSE_INTERVAL_MS;
    if (!begins && unixMs - this.last.unixMs < interval) return;
    if (this.marks >= MAX_MARKS || !this.makeRoom(monotonic)) return;
    const mark = { offset: Math.max(offset, this.last.offset), unixMs };
    if (this.batchBytes === 0) this.batchSince = monotonic;
    this.batchBytes = encodeMark(this.batch, this.batchBytes, this.last, mark);
    this.last = mark;
    this.marks++;
  }

  /** To be called a few times a second. */
  flushWhenDue(): void {
    if (this.batchBytes > 0 && this.clock.monotonic() - this.batchSince >= FLUSH_MS) this.flush();
  }

  /** False when the disk refused. */
  flush(): boolean {
    if (this.batchBytes === 0) return true;
    if (!attempt(() => this.write(this.batch.subarray(0, this.batchBytes)))) return false;
    this.batchBytes = 0;
    if (this.batch.length > FIRST_BATCH_BYTES) this.batch = Buffer.allocUnsafeSlow(FIRST_BATCH_BYTES);
    return true;
  }

  /** The marks of bytes `from` to `to` in these segments, at most `max`; the first one governs `from`. */
  async read(segmentStarts: readonly number[], from: number, to: number, max: number): Promise<readonly TimeMark[]> {
    this.flush();
    const collector = new MarkCollector(from, to, max);
    for (const start of segmentStarts) {
      // One file after the other: decoding a long one takes milliseconds, in which nobody else is served.
      const bytes = await fs.promises.readFile(this.pathOf(start)).catch(() => Buffer.alloc(0));
      decodeMarks(bytes, start, collector.take);
      if (collector.full) break;
    }
    return collector.finish();
  }

  /** Its files are deleted. */
  forget(): void {
    this.batchBytes = 0;
    this.segmentStart = -1;
  }

  private begin(segmentStart: number, monotonic: number): boolean {
    if (!this.flush()) this.batchBytes = 0;
    return attempt(() => {
      const before = this.last.unixMs;
      this.last = { offset: segmentStart, unixMs: 0 };
      this.marks = 0;
      this.fileBytes = this.resume(segmentStart);
      this.torn = true;
      // Marks of a broker whose clock was ahead: the time goes on from there.
      this.anchor = Math.max(this.anchor, Math.max(before, this.last.unixMs) - monotonic);
      this.segmentStart = segmentStart;
    });
  }

  /** Goes on with the file of an earlier broker; returns how much of it holds whole marks. */
  private resume(segmentStart: number): number {
    const file = this.pathOf(segmentStart);
    if (!fs.existsSync(file)) return 0;
    return decodeMarks(fs.readFileSync(file), segmentStart, (offset, unixMs) => {
      this.last = { offset, unixMs };
      this.marks++;
      return true;
    });
  }

  /** What a kill or a full disk tore is cut first. */
  private write(bytes: Uint8Array): void {
    const fd = fs.openSync(this.pathOf(this.segmentStart), 'a', 0o600);
    try {
      if (this.torn) fs.ftruncateSync(fd, this.fileBytes);
      this.torn = true;
      for (let done = 0; done < bytes.length;) done += fs.writeSync(fd, bytes, done, bytes.length - done);
      this.torn = false;
    } finally {
      fs.closeSync(fd);
    }
    this.fileBytes += bytes.length;
  }

  private makeRoom(monotonic: number): boolean {
    if (this.batchBytes + MAX_MARK_BYTES <= this.batch.length) return true;
    if (this.batch.length < MAX_BATCH_BYTES) {
      const larger = Buffer.allocUnsafeSlow(this.batch.length * 2);
      this.batch.copy(larger, 0, 0, this.batchBytes);
      this.batch = larger;
      return true;
    }
    // The disk is full: not at every byte.
    if (monotonic < this.retryAt) return false;
    this.retryAt = monotonic + FLUSH_MS;
    return this.flush();
  }
}

/** False when the disk refused. */
function attempt(work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (!isDiskRefusal(error)) throw error;
    return false;
  }
}
