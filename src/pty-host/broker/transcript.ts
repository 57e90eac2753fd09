import fs from 'node:fs';
import path from 'node:path';
import type { ByteLog } from '@holdfast/protocol';
import type { TimeMark } from '../wire/host-messages';
import { isDiskRefusal } from './disk-refusal';
import { TimeLog, type TimeSource } from './time-log';

/** A session's transcript is cut into about this many files, so that dropping the oldest bytes is deleting one. */
const SEGMENTS = 16;
const MIN_SEGMENT_BYTES = 64 * 1024;
const MAX_SEGMENT_BYTES = 4 * 1024 * 1024;
/** Output kept in memory while the disk takes nothing. Beyond it the PTY is paused, so nothing is lost. */
const MAX_UNWRITTEN_BYTES = 1024 * 1024;
export const SEGMENT_SUFFIX = '.out';
const TIMES_SUFFIX = '.times';
const NAME_DIGITS = 16;
const EMPTY = Buffer.alloc(0);

interface Segment {
  readonly start: number;
  size: number;
}

/**
 * The durable bytes of one epoch and the ring that everybody resumes from: output is appended here before it is sent.
 * Written with write(2), so what is appended survives any death of this process; the page cache survives it too.
 */
export class Transcript implements ByteLog {
  private readonly segments: Segment[] = [];
  private readonly segmentBytes: number;
  private writeFd = -1;
  private readFd = -1;
  private readStart = -1;
  private unwritten: Buffer[] = [];
  private unwrittenBytes = 0;
  private readonly times: TimeLog;

  /** Opens what is there and continues it. `maxBytes` bounds what is kept on disk. */
  constructor(
    private readonly directory: string,
    private readonly maxBytes: number,
    clock: TimeSource,
  ) {
    this.times = new TimeLog((start) => this.pathOf(start, TIMES_SUFFIX), clock);
    this.segmentBytes = Math.min(Math.max(Math.ceil(maxBytes / SEGMENTS), MIN_SEGMENT_BYTES), MAX_SEGMENT_BYTES);
    for (const name of fs
      .readdirSync(directory)
      .filter((file) => file.endsWith(SEGMENT_SUFFIX))
      .sort()) {
      this.segments.push({
        start: Number(name.slice(0, -SEGMENT_SUFFIX.length)),
        size: fs.statSync(path.join(directory, name)).size,
      });
    }
  }

  get start(): number {
    return this.segments[0]?.start ?? 0;
  }

  get end(): number {
    return this.written + this.unwrittenBytes;
  }

  /** The disk refuses and memory is full: take no more output until `flush` succeeds. */
  get full(): boolean {
    return this.unwrittenBytes >= MAX_UNWRITTEN_BYTES;
  }

  get hasUnwritten(): boolean {
    return this.unwrittenBytes > 0;
  }

  /** Appends `length` bytes of `source` from `at`. What the disk refuses stays in memory until `flush`. */
  append(source: Buffer, at: number, length: number): void {
    const { end } = this;
    const newest = this.segments.at(-1);
    if (newest) this.times.note(newest.start, end);
    const done = this.unwrittenBytes > 0 ? 0 : this.write(source, at, length);
    const now = this.segments.at(-1);
    if (now && now !== newest) this.times.note(now.start, end);
    if (done === length) return;
    this.unwritten.push(Buffer.from(source.subarray(at + done, at + length)));
    this.unwrittenBytes += length - done;
  }

  /** When bytes `from` to `to` came; at most `max` marks, of which the first one governs `from`. */
  readTimes(from: number, to: number, max: number): Promise<readonly TimeMark[]> {
    const starts = this.segments.filter((segment, index) => {
      const next = this.segments[index + 1];
      return segment.start < to && (!next || next.start > from);
    });
    return this.times.read(
      starts.map(({ start }) => start),
      from,
      to,
      max,
    );
  }

  /** To be called a few times a second. */
  flushTimes(): void {
    this.times.flushWhenDue();
  }

  /** Tries again what the disk refused; true when nothing waits any more. */
  flush(): boolean {
    while (this.unwritten.length > 0) {
      const piece = this.unwritten[0] as Buffer;
      const done = this.write(piece, 0, piece.length);
      this.unwrittenBytes -= done;
      if (done < piece.length) {
        this.unwritten[0] = piece.subarray(done);
        return false;
      }
      this.unwritten.shift();
    }
    return true;
  }

  read(offset: number, max: number): Buffer {
    if (offset < this.start || max <= 0) return EMPTY;
    const segment = this.segments.findLast((candidate) => candidate.start <= offset);
    if (segment && offset < segment.start + segment.size) {
      const bytes = Buffer.allocUnsafe(Math.min(max, segment.start + segment.size - offset));
      return bytes.subarray(
        0,
        fs.readSync(this.openForReading(segment), bytes, 0, bytes.length, offset - segment.start),
      );
    }
    let at = this.written;
    for (const piece of this.unwritten) {
      if (offset < at + piece.length) return piece.subarray(offset - at, offset - at + max);
      at += piece.length;
    }
    return EMPTY;
  }

  close(): void {
    this.times.flush();
    for (const fd of [this.writeFd, this.readFd]) if (fd >= 0) fs.closeSync(fd);
    this.writeFd = this.readFd = -1;
    this.readStart = -1;
  }

  /** Its files are deleted: there is nothing to read any more. */
  forget(): void {
    this.close();
    this.times.forget();
    this.segments.length = 0;
    this.unwritten = [];
    this.unwrittenBytes = 0;
  }

  private get written(): number {
    const last = this.segments.at(-1);
    return last ? last.start + last.size : 0;
  }

  private write(source: Buffer, at: number, length: number): number {
    let done = 0;
    try {
      while (done < length) {
        const segment = this.writable();
        const room = this.segmentBytes - segment.size;
        const n = fs.writeSync(this.writeFd, source, at + done, Math.min(length - done, room));
        segment.size += n;
        done += n;
      }
    } catch (error) {
      if (!isDiskRefusal(error)) throw error;
    }
    return done;
  }

  private writable(): Segment {
    const last = this.segments.at(-1);
    if (last && last.size < this.segmentBytes) {
      if (this.writeFd < 0) this.writeFd = fs.openSync(this.pathOf(last.start), 'a', 0o600);
      return last;
    }
    const next = { start: this.written, size: 0 };
    const fd = fs.openSync(this.pathOf(next.start), 'a', 0o600);
    if (this.writeFd >= 0) fs.closeSync(this.writeFd);
    this.writeFd = fd;
    this.segments.push(next);
    this.dropOldest();
    return next;
  }

  /** Makes room for a whole segment, so that the bound holds until the next one. */
  private dropOldest(): void {
    while (this.segments.length > 1 && this.written - this.start > this.maxBytes - this.segmentBytes) {
      const oldest = this.segments.shift() as Segment;
      for (const suffix of [SEGMENT_SUFFIX, TIMES_SUFFIX])
        fs.rmSync(this.pathOf(oldest.start, suffix), { force: true });
    }
  }

  private openForReading(segment: Segment): number {
    if (this.readStart !== segment.start) {
      const fd = fs.openSync(this.pathOf(segment.start), 'r');
      if (this.readFd >= 0) fs.closeSync(this.readFd);
      this.readFd = fd;
      this.readStart = segment.start;
    }
    return this.readFd;
  }

  private pathOf(start: number, suffix = SEGMENT_SUFFIX): string {
    return path.join(this.directory, String(start).padStart(NAME_DIGITS, '0') + suffix);
  }
}
