import type { TimeMark } from '../wire/host-messages';

/** A 53-bit number in groups of 7 bits. */
const MAX_VARINT_BYTES = 8;
export const MAX_MARK_BYTES = 2 * MAX_VARINT_BYTES;
const GROUP = 0x80;
const FIELDS = ['offset', 'unixMs'] as const;

/** Where a series of marks stands; the first mark is the difference to the segment's start and to the year 1970. */
export interface MarkPosition {
  readonly offset: number;
  readonly unixMs: number;
}

/** Writes the difference of two positions, 2 to 4 bytes as a rule; returns where the next one goes. */
export function encodeMark(target: Uint8Array, at: number, last: MarkPosition, mark: MarkPosition): number {
  return writeVarint(target, writeVarint(target, at, mark.offset - last.offset), mark.unixMs - last.unixMs);
}

/**
 * Hands over every whole mark until `take` returns false. Returns the length of the whole marks that were read: what follows
 * was torn off by a kill, or is no mark.
 */
export function decodeMarks(
  bytes: Uint8Array,
  segmentStart: number,
  take: (offset: number, unixMs: number) => boolean,
): number {
  const position = { offset: segmentStart, unixMs: 0 };
  for (let at = 0, whole = 0; ; whole = at) {
    for (const field of FIELDS) {
      const length = varintLength(bytes, at);
      if (length === 0) return whole;
      position[field] += readVarint(bytes, at, length);
      at += length;
    }
    if (!take(position.offset, position.unixMs)) return at;
  }
}

/** Gathers the marks of a range: the one that governs byte `from`, then all up to, not including, `to`. */
export class MarkCollector {
  readonly marks: TimeMark[] = [];
  private governing: TimeMark | undefined;
  private latest = 0;

  constructor(
    private readonly from: number,
    private readonly to: number,
    private readonly max: number,
  ) {}

  readonly take = (offset: number, unixMs: number): boolean => {
    // The clock of the next broker may have been behind.
    this.latest = Math.max(this.latest, unixMs);
    if (offset <= this.from) {
      this.governing = [offset, this.latest];
      return true;
    }
    this.finish();
    if (offset >= this.to || this.full) return false;
    // Twice at one offset: a broker was killed between the mark and its byte.
    if (this.marks.at(-1)?.[0] === offset) this.marks.pop();
    this.marks.push([offset, this.latest]);
    return !this.full;
  };

  get full(): boolean {
    return this.marks.length >= this.max;
  }

  /** To be called once more at the end: everything may lie before `from`. */
  finish(): readonly TimeMark[] {
    if (this.governing && this.from < this.to) this.marks.push(this.governing);
    this.governing = undefined;
    return this.marks;
  }
}

/** 0 when there is none. */
function varintLength(bytes: Uint8Array, at: number): number {
  for (let length = 1; length <= MAX_VARINT_BYTES && at + length <= bytes.length; length++) {
    if ((bytes[at + length - 1] as number) < GROUP) return length;
  }
  return 0;
}

function readVarint(bytes: Uint8Array, at: number, length: number): number {
  let value = 0;
  for (let i = at + length - 1; i >= at; i--) value = value * GROUP + ((bytes[i] as number) % GROUP);
  return value;
}

function writeVarint(target: Uint8Array, at: number, value: number): number {
  let rest = value;
  for (; rest >= GROUP; rest = Math.floor(rest / GROUP)) target[at++] = (rest % GROUP) | GROUP;
  target[at++] = rest;
  return at;
}
