/**
 * Binary frames of `holdfast.v1`: a 13-byte big-endian header, then terminal bytes.
 *
 *     | type u8 | channel u32 | offset u64 (< 2^53) | payload … |
 */
export const FrameType = {
  /** Terminal bytes. Server to client: output; client to server: input. `offset` is the position of the first byte. */
  data: 0x01,
  /** Empty payload. Everything before `offset` was parsed (client) or written to the PTY (server). */
  ack: 0x02,
  /** Server to client: escape sequences that redraw the terminal as it was at `offset`. */
  snapshot: 0x03,
} as const;

export type FrameType = (typeof FrameType)[keyof typeof FrameType];

export const HEADER_BYTES = 13;

export interface Frame {
  readonly type: number;
  readonly channel: number;
  readonly offset: number;
  /** A view into the buffer that was decoded, not a copy. */
  readonly payload: Uint8Array;
}

const EMPTY = new Uint8Array(0);
const TWO_32 = 2 ** 32;

/** Writes a header at `at` in `target`; the payload is expected right behind it. */
export function writeHeader(target: Uint8Array, at: number, type: number, channel: number, offset: number): void {
  const high = Math.floor(offset / TWO_32);
  const low = offset >>> 0;
  target[at] = type;
  writeU32(target, at + 1, channel);
  writeU32(target, at + 5, high);
  writeU32(target, at + 9, low);
}

export function encodeFrame(
  type: FrameType,
  channel: number,
  offset: number,
  payload: Uint8Array = EMPTY,
): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(HEADER_BYTES + payload.length);
  writeHeader(frame, 0, type, channel, offset);
  frame.set(payload, HEADER_BYTES);
  return frame;
}

/** Returns `undefined` for anything that is not a frame: too short, or an offset beyond 2^53. */
export function decodeFrame(bytes: Uint8Array): Frame | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const offset = readU32(bytes, 5) * TWO_32 + readU32(bytes, 9);
  if (offset > Number.MAX_SAFE_INTEGER) return undefined;
  return { type: bytes[0] as number, channel: readU32(bytes, 1), offset, payload: bytes.subarray(HEADER_BYTES) };
}

export function readU32(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) * 0x1000000 +
    (((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number))
  );
}

export function writeU32(target: Uint8Array, at: number, value: number): void {
  target[at] = value >>> 24;
  target[at + 1] = value >>> 16;
  target[at + 2] = value >>> 8;
  target[at + 3] = value;
}
