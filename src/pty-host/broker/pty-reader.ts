import fs from 'node:fs';
import tty from 'node:tty';
import { MAX_OUTPUT_PAYLOAD, PREFIX_BYTES } from '../wire/host-frames';

/** The kernel gives at most 4,095 bytes a read; a read of this much or more means that more is waiting. */
const FLOOD_READ_BYTES = 2 * 1024;
const SINGLE_READ_BYTES = 4 * 1024;
/** Far more than a PTY holds: a background job that floods after its shell ended must not keep `drain` going for ever. */
const MAX_DRAIN_BYTES = 1024 * 1024;

/** A large frame buffer that nobody uses now, if there is one. */
let spare: Buffer | undefined;

/** What a PTY is read into. */
export interface ReadBuffer {
  readonly bytes: Buffer;
  /** The first `used` bytes were handed over. */
  clear(used: number): void;
  /** Nobody touches `bytes` any more. */
  close(): void;
}

export interface PtyReaderEvents {
  /**
   * `length` bytes behind the free `PREFIX_BYTES` of `frame`. Returns true when the buffer is still in use afterwards.
   */
  onOutput(frame: Buffer, length: number): boolean;
  /** How much may be read at once now. */
  limit(): number;
  /** Every descriptor of the terminal's other side is closed and everything was read. */
  onEnd(): void;
}

/**
 * Reads a PTY master with few system calls: one event, then synchronous reads until the PTY is empty or the limit is
 * reached. At a hang-up it drains what libuv of Node 20 would throw away.
 */
export class PtyReader {
  private readonly stream: tty.ReadStream;
  private paused = false;
  private ended = false;

  constructor(
    private readonly fd: number,
    private readonly landing: ReadBuffer,
    private readonly events: PtyReaderEvents,
  ) {
    this.stream = new tty.ReadStream(fd, {
      onread: { buffer: landing.bytes, callback: (bytes: number) => this.onRead(bytes) },
    } as never);
    // EIO is how Linux says that the other side is closed and that nothing is left; the descriptor is closed by now.
    this.stream.on('error', () => this.finish());
    // libuv of Node 20 takes a short read at a hang-up for the end: more may be waiting.
    this.stream.on('end', () => {
      this.drain();
      this.finish();
    });
    this.stream.once('close', () => {
      this.ended = true;
      landing.close();
    });
    this.stream.resume();
  }

  /** False once the descriptor is closed, or about to be: its number may name another session's terminal then. */
  get isOpen(): boolean {
    return !this.ended;
  }

  get isPaused(): boolean {
    return this.paused;
  }

  pause(): void {
    if (this.paused) return;
    this.paused = true;
    this.stream.pause();
  }

  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    if (!this.ended) this.stream.resume();
  }

  /** Reads what is there now, also when paused: before a resize, and after the process ended. */
  drain(): void {
    if (this.ended) return;
    for (let drained = 0, read = 1; read > 0 && drained < MAX_DRAIN_BYTES; drained += read) {
      read = this.gather(0, MAX_OUTPUT_PAYLOAD);
    }
  }

  close(): void {
    this.ended = true;
    this.stream.destroy();
  }

  private onRead(bytes: number): boolean {
    if (bytes < FLOOD_READ_BYTES) this.deliver(Buffer.allocUnsafe(PREFIX_BYTES + bytes), bytes);
    else this.gather(bytes, Math.min(Math.max(this.events.limit(), SINGLE_READ_BYTES), MAX_OUTPUT_PAYLOAD));
    return !this.paused;
  }

  /** Adds reads behind the `filled` bytes until the PTY is empty or `limit` is reached, and hands everything over. */
  private gather(filled: number, limit: number): number {
    while (filled < limit) {
      const read = this.readOnce(filled, limit - filled);
      if (read === 0) break;
      filled += read;
      if (read < FLOOD_READ_BYTES) break;
    }
    if (filled === 0) return 0;
    const frame = acquire();
    if (!this.deliver(frame, filled)) spare = frame;
    return filled;
  }

  /** Returns whether the frame's buffer is still in use. */
  private deliver(frame: Buffer, bytes: number): boolean {
    this.landing.bytes.copy(frame, PREFIX_BYTES, 0, bytes);
    const inUse = this.events.onOutput(frame, bytes);
    this.landing.clear(bytes);
    return inUse;
  }

  private readOnce(at: number, max: number): number {
    try {
      return fs.readSync(this.fd, this.landing.bytes, at, max, null);
    } catch {
      // EAGAIN: empty. EIO: closed on the other side and empty.
      return 0;
    }
  }

  private finish(): void {
    if (this.ended) return;
    this.ended = true;
    this.events.onEnd();
  }
}

function acquire(): Buffer {
  const frame = spare ?? Buffer.allocUnsafeSlow(PREFIX_BYTES + MAX_OUTPUT_PAYLOAD);
  spare = undefined;
  return frame;
}
