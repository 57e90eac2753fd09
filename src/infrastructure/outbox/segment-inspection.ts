import { HEADER_BYTES, MAX_JSON_BYTES, recordEnd } from './record';

/** What a segment of an earlier life holds. */
export interface SegmentInspection {
  /** Where each good record begins. */
  readonly starts: readonly number[];
  /** Where the last good record ends. */
  readonly end: number;
  /** `torn`: a last record that was being written, which nobody was told is safe. `damaged`: anything else. */
  readonly rest: 'nothing' | 'torn' | 'damaged';
}

export function inspectSegment(bytes: Buffer): SegmentInspection {
  const starts: number[] = [];
  let end = 0;
  for (;;) {
    const next = recordEnd(bytes, end);
    if (next === undefined) break;
    starts.push(end);
    end = next;
  }
  return { starts, end, rest: inspectRest(bytes.subarray(end)) };
}

function inspectRest(rest: Buffer): SegmentInspection['rest'] {
  if (rest.length === 0) return 'nothing';
  // After a power cut a file may be longer than what was written into it.
  if (rest.every((byte) => byte === 0)) return 'torn';
  if (rest.length < HEADER_BYTES) return 'torn';
  const length = rest.readUInt32BE(0);
  const isWhole = rest.length >= HEADER_BYTES + length;
  if (length > MAX_JSON_BYTES || isWhole || holdsRecord(rest) || isJson(rest.subarray(HEADER_BYTES))) return 'damaged';
  return 'torn';
}

/** Whether a good record begins anywhere: then it was not the last one that broke. */
function holdsRecord(bytes: Buffer): boolean {
  for (let at = 1; at + HEADER_BYTES < bytes.length; at++) {
    if (recordEnd(bytes, at) !== undefined) return true;
  }
  return false;
}

/** The beginning of a record is never whole JSON: if it is, only its length is wrong. */
function isJson(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString());
    return true;
  } catch {
    return false;
  }
}
