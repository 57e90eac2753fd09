import { crc32 } from 'node:zlib';

/** One write that waits for the database. */
export interface OutboxRecord {
  /** A UUID. Handlers use it to apply a record once. */
  readonly id: string;
  /** Says which handler applies it. */
  readonly kind: string;
  /** Unix milliseconds of when it was written down. */
  readonly at: number;
  readonly payload: unknown;
}

/** Length and CRC-32 of the JSON that follows, both big-endian. */
export const HEADER_BYTES = 8;
/** A session's state is a few hundred bytes. One record must not be a good part of a segment. */
export const MAX_JSON_BYTES = 64 * 1024;

export class RecordTooLargeError extends Error {
  constructor(kind: string, bytes: number) {
    super(`A record of kind ${kind} has ${bytes} bytes; ${MAX_JSON_BYTES} is the most.`);
    this.name = 'RecordTooLargeError';
  }
}

export function encodeRecord(record: OutboxRecord): Buffer {
  const json = Buffer.from(JSON.stringify(record));
  if (json.length > MAX_JSON_BYTES) throw new RecordTooLargeError(record.kind, json.length);
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + json.length);
  bytes.writeUInt32BE(json.length, 0);
  bytes.writeUInt32BE(crc32(json), 4);
  json.copy(bytes, HEADER_BYTES);
  return bytes;
}

/** Where the record that begins at `from` ends; undefined: there is none, or it is not whole, or it is damaged. */
export function recordEnd(bytes: Buffer, from: number): number | undefined {
  if (from + HEADER_BYTES > bytes.length) return undefined;
  const length = bytes.readUInt32BE(from);
  const end = from + HEADER_BYTES + length;
  // No JSON is empty, and zeros are what a file system leaves of a block it did not write in time.
  if (length === 0 || length > MAX_JSON_BYTES || end > bytes.length) return undefined;
  return crc32(bytes.subarray(from + HEADER_BYTES, end)) === bytes.readUInt32BE(from + 4) ? end : undefined;
}

/** Of bytes that `recordEnd` has checked. */
export function decodeRecord(bytes: Buffer, from: number, end: number): OutboxRecord {
  return JSON.parse(bytes.toString('utf8', from + HEADER_BYTES, end)) as OutboxRecord;
}
