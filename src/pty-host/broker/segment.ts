import fs from 'node:fs';
import type { Seal, SealIndex } from './seal-index';
import type { SegmentFiles } from './segment-files';

export const MAX_SEGMENT_BYTES = 4 * 1024 * 1024;

/**
 * `open`: appended to; the newest one only. `filled`: raw, no CRC yet. `sealed`: raw, with the CRC its bytes had; `checked` when
 * this broker saw that they still have it. `cold`: compressed; the CRC is unknown when its seal is lost, and gzip has its own.
 */
export type SegmentState =
  | { readonly is: 'open' }
  | { readonly is: 'filled' }
  | { readonly is: 'sealed'; readonly crc: number; readonly checked: boolean; readonly incompressible: boolean }
  | { readonly is: 'cold'; readonly crc: number | undefined };

/** A piece of a transcript that is one file. */
export interface Segment {
  readonly start: number;
  size: number;
  /** Disk space of its output. */
  stored: number;
  /** Unix milliseconds of the last byte, or of when this broker found it. */
  filledAt: number;
  state: SegmentState;
  /** Its bytes are not those that were written: none of them is delivered. */
  damaged: boolean;
}

export function endOf(segment: Segment): number {
  return segment.start + segment.size;
}

export function newSegment(start: number): Segment {
  return { start, size: 0, stored: 0, filledAt: 0, state: { is: 'open' }, damaged: false };
}

/** What an earlier broker left, in order. The newest one is continued, unless it was sealed. */
export function recoverSegments(files: SegmentFiles, seals: SealIndex): Segment[] {
  const sealed = seals.read();
  const found = files.list().map(({ start, cold }) => {
    const seal = sealed.get(start);
    return cold ? recoverCold(files, start, seal) : recoverRaw(files, start, seal);
  });
  const newest = found.at(-1);
  if (newest?.state.is === 'filled') newest.state = { is: 'open' };
  return found.flatMap((segment, index) => withoutGap(segment, found[index + 1]));
}

/** Segments follow each other: what is missing up to the next one was there once. */
function withoutGap(segment: Segment, next: Segment | undefined): Segment[] {
  const size = next ? next.start - segment.start : MAX_SEGMENT_BYTES;
  if (segment.size > size) return [{ ...segment, size, damaged: true }];
  if (!next || segment.size === size) return [segment];
  const gap = { ...newSegment(endOf(segment)), size: size - segment.size, filledAt: segment.filledAt, damaged: true };
  return [segment, { ...gap, state: { is: 'filled' } }];
}

function recoverRaw(files: SegmentFiles, start: number, seal: Seal | undefined): Segment {
  if (seal) {
    const { size, crc, filledAt } = seal;
    const state: SegmentState = { is: 'sealed', crc, checked: false, incompressible: false };
    return { start, size, stored: size, filledAt, state, damaged: false };
  }
  const { size, mtimeMs } = fs.statSync(files.raw(start));
  return { start, size, stored: size, filledAt: Math.floor(mtimeMs), state: { is: 'filled' }, damaged: false };
}

function recoverCold(files: SegmentFiles, start: number, seal: Seal | undefined): Segment {
  const { size: stored, mtimeMs } = fs.statSync(files.cold(start));
  const size = seal?.size ?? uncompressedSize(files.cold(start), stored);
  const filledAt = seal?.filledAt ?? Math.floor(mtimeMs);
  return { start, size, stored, filledAt, state: { is: 'cold', crc: seal?.crc }, damaged: false };
}

/** As gzip wrote it into the last four bytes. */
function uncompressedSize(file: string, stored: number): number {
  if (stored < 4) return 0;
  const bytes = Buffer.alloc(4);
  const fd = fs.openSync(file, 'r');
  fs.readSync(fd, bytes, 0, 4, stored - 4);
  fs.closeSync(fd);
  return bytes.readUInt32LE(0);
}
