import { HEADER_BYTES, readU32, writeHeader, writeU32 } from '@holdfast/protocol';

/**
 * Frames between a gateway and the PTY host, over its Unix socket. A 4-byte length goes in front of the 13-byte header of
 * `holdfast.v1`, so that a gateway forwards output by patching the channel: no terminal byte is copied or parsed on the way.
 *
 *     | length u32 | type u8 | channel u32 | offset u64 | payload … |
 */
export const HostFrameType = {
  /** Output (host to gateway) or input (gateway to host). */
  data: 0x01,
  ack: 0x02,
  /** Gateway to host: a JSON `HostRequest`; `offset` numbers the request. */
  request: 0x10,
  /** Host to gateway: the JSON answer; `offset` is the number of the request. */
  reply: 0x11,
  /** Host to gateway: an answer that is bytes. */
  bytes: 0x12,
  /** Host to gateway: the JSON refusal `{ code, message }`. */
  refusal: 0x13,
  /** Host to gateway: a JSON `HostEvent` about the attachment `channel`, or about the host when it is 0. */
  event: 0x14,
} as const;

export const LENGTH_BYTES = 4;
/** Room in front of a payload. */
export const PREFIX_BYTES = LENGTH_BYTES + HEADER_BYTES;
/**
 * Output bytes in one frame. With the header they stay under 65,536, so that a WebSocket header of 4 bytes is enough and fits
 * exactly where the length was.
 */
export const MAX_OUTPUT_PAYLOAD = 60 * 1024;
/** Nothing legitimate is larger: a transcript read is at most 1 MiB. */
const MAX_FRAME_BYTES = 2 * 1024 * 1024;

/** A header is written into the `PREFIX_BYTES` in front of `payloadAt`. */
export function writePrefix(
  target: Uint8Array,
  payloadAt: number,
  payloadBytes: number,
  type: number,
  channel: number,
  offset: number,
): void {
  writeU32(target, payloadAt - PREFIX_BYTES, HEADER_BYTES + payloadBytes);
  writeHeader(target, payloadAt - HEADER_BYTES, type, channel, offset);
}

export function encodeHostFrame(type: number, channel: number, offset: number, payload?: Uint8Array): Buffer {
  const length = payload?.length ?? 0;
  const frame = Buffer.allocUnsafe(PREFIX_BYTES + length);
  writePrefix(frame, PREFIX_BYTES, length, type, channel, offset);
  if (payload) frame.set(payload, PREFIX_BYTES);
  return frame;
}

export function encodeHostJson(type: number, channel: number, offset: number, body: unknown): Buffer {
  return encodeHostFrame(type, channel, offset, Buffer.from(JSON.stringify(body)));
}

/** A frame longer than any legitimate one, or shorter than its header: the peer does not speak this protocol. */
export class FrameLengthError extends RangeError {
  constructor(length: number) {
    super(`a frame of ${length} bytes`);
  }
}

/**
 * Cuts a byte stream into frames, each handed over with its length prefix. Frames that lie whole in a chunk are slices of it;
 * one that spans chunks is gathered into a buffer of exactly its size.
 */
export class Deframer {
  private partial: Buffer | undefined;
  private filled = 0;
  private readonly lengthBytes = Buffer.alloc(LENGTH_BYTES);
  private lengthFilled = 0;

  constructor(private readonly onFrame: (frame: Buffer) => void) {}

  /** Throws a `FrameLengthError`; the connection is then beyond repair. */
  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.partial) {
        at += this.fill(chunk, at);
        continue;
      }
      if (this.lengthFilled === 0 && chunk.length - at >= LENGTH_BYTES) {
        const total = LENGTH_BYTES + checked(readU32(chunk, at));
        if (chunk.length - at >= total) {
          const frame = chunk.subarray(at, at + total);
          at += total;
          this.onFrame(frame);
          continue;
        }
        this.begin(total);
        continue;
      }
      const take = Math.min(LENGTH_BYTES - this.lengthFilled, chunk.length - at);
      chunk.copy(this.lengthBytes, this.lengthFilled, at, at + take);
      this.lengthFilled += take;
      at += take;
      if (this.lengthFilled === LENGTH_BYTES) {
        this.begin(LENGTH_BYTES + checked(readU32(this.lengthBytes, 0)));
        this.lengthBytes.copy(this.partial as unknown as Buffer, 0);
        this.filled = LENGTH_BYTES;
      }
    }
  }

  private begin(total: number): void {
    this.partial = Buffer.allocUnsafe(total);
    this.filled = 0;
    this.lengthFilled = 0;
  }

  private fill(chunk: Buffer, at: number): number {
    const frame = this.partial as Buffer;
    const take = Math.min(frame.length - this.filled, chunk.length - at);
    chunk.copy(frame, this.filled, at, at + take);
    this.filled += take;
    if (this.filled === frame.length) {
      this.partial = undefined;
      this.onFrame(frame);
    }
    return take;
  }
}

function checked(length: number): number {
  if (length < HEADER_BYTES || length > MAX_FRAME_BYTES) throw new FrameLengthError(length);
  return length;
}
