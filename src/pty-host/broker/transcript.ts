import fs from 'node:fs';
import type { ByteLog } from '@holdfast/protocol';
import type { TimeMark } from '../wire/host-messages';
import { isDiskRefusal } from './disk-refusal';
import { HostRefusalError } from './host-refusal-error';
import { SealIndex } from './seal-index';
import { MAX_SEGMENT_BYTES, endOf, newSegment, recoverSegments, type Segment } from './segment';
import { SegmentCare, isReadable } from './segment-care';
import { SegmentFiles } from './segment-files';
import { SegmentReader } from './segment-reader';
import { TimeLog } from './time-log';
import type { HeldTranscript, TranscriptStore } from './transcript-store';
import { UnwrittenTail } from './unwritten-tail';

/** A session's transcript is cut into about this many files, so that dropping the oldest bytes is deleting one. */
const SEGMENTS = 16;
const MIN_SEGMENT_BYTES = 64 * 1024;
const EMPTY = Buffer.alloc(0);

export interface TranscriptOptions {
  readonly directory: string;
  /** Output kept, before compression. */
  readonly maxBytes: number;
  /** Nothing will be appended any more. */
  readonly ended?: boolean;
  /** A position that `read` had nothing for can be read now, or never will. */
  readonly onReadable?: () => void;
  /** The host as a whole holds too much: the transcript starts at `start` now. */
  readonly onDropped?: (start: number) => void;
}

/**
 * The durable bytes of one epoch and the ring that everybody resumes from: output is appended here before it is sent.
 * Written with write(2), so what is appended survives any death of this process; the page cache survives it too.
 */
export class Transcript implements ByteLog, HeldTranscript {
  readonly care: SegmentCare;
  private readonly files: SegmentFiles;
  private readonly segments: Segment[];
  private readonly segmentBytes: number;
  private readonly times: TimeLog;
  private writeFd = -1;
  private readonly reader: SegmentReader;
  private readonly unwritten = new UnwrittenTail();

  /** Opens what is there and continues it. */
  constructor(
    private readonly options: TranscriptOptions,
    private readonly store: TranscriptStore,
  ) {
    const { directory, maxBytes, ended = false } = options;
    this.segmentBytes = Math.min(Math.max(Math.ceil(maxBytes / SEGMENTS), MIN_SEGMENT_BYTES), MAX_SEGMENT_BYTES);
    this.files = new SegmentFiles(directory);
    const seals = new SealIndex(this.files.seals);
    this.segments = recoverSegments(this.files, seals);
    this.times = new TimeLog((start) => this.files.times(start), store.clock);
    this.reader = new SegmentReader(this.files);
    this.care = new SegmentCare(this.segments, this.files, seals, store, (segment) => this.reader.release(segment));
    store.add(this);
    if (ended) this.markEnded();
  }

  get start(): number {
    return this.segments[0]?.start ?? 0;
  }

  get end(): number {
    return this.written + this.unwritten.bytes;
  }

  /** The disk refuses and memory is full: take no more output until `flush` succeeds. */
  get full(): boolean {
    return this.unwritten.full;
  }

  get hasUnwritten(): boolean {
    return this.unwritten.bytes > 0;
  }

  /** Appends `length` bytes of `source` from `at`. What the disk refuses stays in memory until `flush`. */
  append(source: Buffer, at: number, length: number): void {
    const { end } = this;
    const newest = this.segments.at(-1);
    if (newest) this.times.note(newest.start, end);
    const done = this.hasUnwritten ? 0 : this.write(source, at, length);
    const now = this.segments.at(-1);
    if (now && now !== newest) this.times.note(now.start, end);
    if (done < length) this.unwritten.push(source.subarray(at + done, at + length));
  }

  /** Nothing is appended any more, except by `flush`. */
  markEnded(): void {
    this.care.ended = true;
    const newest = this.segments.at(-1);
    if (newest?.state.is === 'open' && newest.size > 0 && !this.hasUnwritten) this.fill(newest);
    this.store.careFor(this);
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
  flushTimesWhenDue(): void {
    this.times.flushWhenDue();
  }

  flushTimes(): void {
    this.times.flush();
  }

  /** Tries again what the disk refused; true when nothing waits any more. */
  flush(): boolean {
    if (!this.unwritten.drain((piece) => this.write(piece, 0, piece.length))) return false;
    if (this.care.ended) this.markEnded();
    return true;
  }

  /** What can be had at once. Nothing in a segment that has to be loaded or checked first: `onReadable` tells when it was. */
  read(offset: number, max: number): Buffer {
    const segment = this.segmentAt(offset);
    if (!segment) return this.readBehind(offset, max);
    if (segment.damaged || max <= 0) return EMPTY;
    const bytes = this.readNow(segment, offset, max);
    if (bytes) return bytes;
    const { onReadable } = this.options;
    // Out of descriptors: whoever waits asks again when something else happens.
    void this.care.makeReadable(segment).then(onReadable, () => undefined);
    return EMPTY;
  }

  /** Waits for what has to be loaded or checked first; refuses what is damaged. */
  async fetch(offset: number, max: number): Promise<Buffer> {
    for (;;) {
      const segment = this.segmentAt(offset);
      if (!segment || max <= 0) return this.readBehind(offset, max);
      const bytes = segment.damaged ? EMPTY : this.readNow(segment, offset, max);
      if (segment.damaged) throw damageIn(segment, offset);
      if (bytes) return bytes;
      const loaded = await this.care.makeReadable(segment);
      if (loaded) return slice(segment, loaded, offset, max);
    }
  }

  /** Unchecked, for what may be wrong: nothing where it is not at hand. */
  peek(offset: number, max: number): Buffer {
    const segment = this.segmentAt(offset);
    if (!segment) return this.readBehind(offset, max);
    return segment.damaged || segment.state.is === 'cold' ? EMPTY : this.reader.read(segment, offset, max);
  }

  /** What was written at this position cannot be had any more. */
  isDamagedAt(offset: number): boolean {
    return this.segmentAt(offset)?.damaged ?? false;
  }

  close(): void {
    this.times.flush();
    this.reader.close();
    if (this.writeFd >= 0) fs.closeSync(this.writeFd);
    this.writeFd = -1;
  }

  /** Its files are deleted: there is nothing to read any more. */
  forget(): void {
    this.close();
    this.times.forget();
    this.store.remove(this);
    this.segments.length = 0;
    this.unwritten.clear();
  }

  dropOldest(): boolean {
    const oldest = this.segments.length > 1 ? this.segments.shift() : undefined;
    if (!oldest) return false;
    this.reader.release(oldest);
    this.store.cache.delete(oldest);
    this.files.remove(oldest.start);
    this.store.account(-oldest.stored);
    return true;
  }

  tellDropped(): void {
    this.options.onDropped?.(this.start);
  }

  private get written(): number {
    const last = this.segments.at(-1);
    return last ? endOf(last) : 0;
  }

  private segmentAt(offset: number): Segment | undefined {
    if (offset >= this.written) return undefined;
    return this.segments.findLast((candidate) => candidate.start <= offset);
  }

  private readNow(segment: Segment, offset: number, max: number): Buffer | undefined {
    if (segment.state.is === 'cold') {
      const loaded = this.store.cache.get(segment);
      return loaded && slice(segment, loaded, offset, max);
    }
    return isReadable(segment) ? this.reader.read(segment, offset, max) : undefined;
  }

  private readBehind(offset: number, max: number): Buffer {
    const at = offset - this.written;
    return at >= 0 && max > 0 ? this.unwritten.read(at, max) : EMPTY;
  }

  private write(source: Buffer, at: number, length: number): number {
    let done = 0;
    try {
      while (done < length) {
        const segment = this.writable();
        const room = this.segmentBytes - segment.size;
        const n = fs.writeSync(this.writeFd, source, at + done, Math.min(length - done, room));
        segment.size += n;
        segment.stored += n;
        this.store.account(n);
        done += n;
      }
    } catch (error) {
      if (!isDiskRefusal(error)) throw error;
    }
    return done;
  }

  private writable(): Segment {
    const last = this.segments.at(-1);
    if (last?.state.is === 'open' && last.size < this.segmentBytes) {
      if (this.writeFd < 0) this.writeFd = fs.openSync(this.files.raw(last.start), 'a', 0o600);
      return last;
    }
    const next = newSegment(this.written);
    const fd = fs.openSync(this.files.raw(next.start), 'a', 0o600);
    if (this.writeFd >= 0) fs.closeSync(this.writeFd);
    this.writeFd = fd;
    this.segments.push(next);
    if (last?.state.is === 'open') this.fill(last);
    this.keepBound();
    return next;
  }

  private fill(segment: Segment): void {
    segment.state = { is: 'filled' };
    segment.filledAt = this.store.clock.now();
    this.store.careFor(this);
  }

  /** Makes room for a whole segment, so that the bound holds until the next one. */
  private keepBound(): void {
    while (this.written - this.start > this.options.maxBytes - this.segmentBytes && this.dropOldest());
  }
}

function slice(segment: Segment, whole: Buffer, offset: number, max: number): Buffer {
  const at = offset - segment.start;
  return whole.subarray(at, at + max);
}

function damageIn(segment: Segment, offset: number): HostRefusalError {
  const to = endOf(segment);
  return new HostRefusalError(
    'transcript_damaged',
    `The output from ${offset} to ${to} is damaged on disk and not delivered; what comes before and after it is whole.`,
    { from: offset, to },
  );
}
