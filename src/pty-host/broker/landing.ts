import fs from 'node:fs';
import { mapShared, type Mapping } from '../native/libc';
import { MAX_OUTPUT_PAYLOAD } from '../wire/host-frames';
import type { ReadBuffer } from './pty-reader';

/** What an unused byte looks like: never the last byte of UTF-8 text, so what was read ends at the last one that is different. */
const UNUSED = 0xff;
const POSITION_BYTES = 8;
const FILE_BYTES = MAX_OUTPUT_PAYLOAD + POSITION_BYTES;

/**
 * Where a PTY is read into: a file that is mapped into memory. A byte that was taken out of the PTY is gone from there; here it
 * survives a broker that is killed before it appended it to the transcript. Behind the bytes stands the transcript position
 * of the first one, so that the successor knows which of them were appended already.
 */
export class Landing implements ReadBuffer {
  /** Not to be touched after `close`. */
  readonly bytes: Buffer;
  private readonly mapping: Mapping;
  private readonly trailer: Buffer;

  /** All blocks are written: a mapped file without room on the disk ends the process that touches it. */
  static create(file: string): void {
    fs.writeFileSync(file, Buffer.alloc(FILE_BYTES, UNUSED), { mode: 0o600 });
  }

  /** What a killed broker had read and not appended to a transcript that ends at `end`. */
  static rescue(file: string, end: number): Buffer {
    const bytes = fs.existsSync(file) ? fs.readFileSync(file) : Buffer.alloc(0);
    if (bytes.length < FILE_BYTES) return Buffer.alloc(0);
    let read = MAX_OUTPUT_PAYLOAD;
    while (read > 0 && bytes[read - 1] === UNUSED) read--;
    const appended = end - Number(bytes.readBigUInt64BE(MAX_OUTPUT_PAYLOAD));
    return appended >= 0 && appended < read ? bytes.subarray(appended, read) : Buffer.alloc(0);
  }

  constructor(
    file: string,
    /** Of the transcript, where the next byte goes. */
    private position: number,
  ) {
    if (!fs.existsSync(file)) Landing.create(file);
    const fd = fs.openSync(file, 'r+');
    // Written, not filled through the mapping: what is never read into costs an idle session no memory.
    fs.writeSync(fd, Buffer.alloc(MAX_OUTPUT_PAYLOAD, UNUSED), 0, MAX_OUTPUT_PAYLOAD, 0);
    this.mapping = mapShared(fd, FILE_BYTES);
    fs.closeSync(fd);
    this.bytes = this.mapping.bytes.subarray(0, MAX_OUTPUT_PAYLOAD);
    this.trailer = this.mapping.bytes.subarray(MAX_OUTPUT_PAYLOAD);
    this.clear(0);
  }

  /** The first `appended` bytes are in the transcript. In this order: killed in between, nothing is there twice. */
  clear(used: number, appended = used): void {
    this.bytes.fill(UNUSED, 0, used);
    this.position += appended;
    this.trailer.writeBigUInt64BE(BigInt(this.position), 0);
  }

  close(): void {
    this.mapping.unmap();
  }
}
