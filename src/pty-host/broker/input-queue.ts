import { MAX_WRITE_BYTES, type WriteInput } from '@holdfast/protocol';
import type { WriterInput } from './input-ledger';
import { HUNG_UP } from './pty-input';

/** Input that waits for a program that does not read. Beyond it input is refused, and the client sends it again. */
export const MAX_QUEUED_BYTES = 1024 * 1024;
/** A full PTY is tried again after 1, 2, 4, … 32 ms: soon for a program that reads, cheap for one that does not. */
const FIRST_RETRY_MS = 1;
const MAX_RETRY_MS = 32;
/** A long paste gives way to output after this many writes. */
const WRITES_IN_A_ROW = 64;

interface Piece {
  readonly writer: WriterInput | undefined;
  readonly bytes: Uint8Array;
  /** Where it goes. */
  readonly to: WriteInput;
  done: number;
  readonly onDone?: (written: boolean) => void;
}

/** Calls `run` after `ms`, with 0 as soon as others had their turn; returns what cancels it. */
export type Later = (ms: number, run: () => void) => () => void;

const systemLater: Later = (ms, run) => {
  if (ms === 0) {
    const immediate = setImmediate(run);
    return () => clearImmediate(immediate);
  }
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
};

/** Writes input to a PTY in order, and tries again while it is full. */
export class InputQueue {
  private readonly pieces: Piece[] = [];
  private queuedBytes = 0;
  private retryMs = FIRST_RETRY_MS;
  private cancelRetry: (() => void) | undefined;
  private closed = false;

  constructor(
    private readonly pty: WriteInput,
    /** Called once for each writer whose input was written in one go. */
    private readonly onWritten: (writer: WriterInput) => void,
    private readonly later: Later = systemLater,
  ) {}

  get empty(): boolean {
    return this.pieces.length === 0;
  }

  /** How many bytes may be pushed. */
  get room(): number {
    return this.closed ? 0 : MAX_QUEUED_BYTES - this.queuedBytes;
  }

  hasRoomFor(bytes: number): boolean {
    return !this.closed && bytes <= this.room;
  }

  /** Without a writer the bytes are not recorded: answers to terminal queries, input over REST. */
  push(bytes: Uint8Array, writer?: WriterInput, onDone?: (written: boolean) => void): void {
    if (this.closed || bytes.length === 0) return onDone?.(!this.closed);
    this.add({ writer, bytes, to: this.writeToPty, done: 0, onDone });
  }

  /** Counts as written, in its turn, and is not typed. */
  swallow(bytes: Uint8Array, writer: WriterInput): void {
    if (!this.closed) this.add({ writer, bytes, to: (_bytes, _at, length) => length, done: 0 });
  }

  close(): void {
    this.closed = true;
    this.cancelRetry?.();
    this.queuedBytes = 0;
    for (const { onDone } of this.pieces.splice(0)) onDone?.(false);
  }

  private add(piece: Piece): void {
    this.pieces.push(piece);
    this.queuedBytes += piece.bytes.length;
    if (!this.cancelRetry) this.drain();
  }

  private drain(): void {
    this.cancelRetry = undefined;
    let acknowledge: WriterInput | undefined;
    for (let writes = 0; this.pieces.length > 0; writes++) {
      if (writes === WRITES_IN_A_ROW) {
        this.cancelRetry = this.later(0, () => this.drain());
        break;
      }
      const piece = this.pieces[0] as Piece;
      if (acknowledge && acknowledge !== piece.writer) {
        this.onWritten(acknowledge);
        acknowledge = undefined;
      }
      const written = this.write(piece);
      if (written === 0) break;
      acknowledge = piece.writer;
    }
    if (acknowledge) this.onWritten(acknowledge);
  }

  private write(piece: Piece): number {
    const { writer, bytes, done, to } = piece;
    const length = Math.min(MAX_WRITE_BYTES, bytes.length - done);
    const written = writer ? writer.write(bytes, done, length, to) : to(bytes, done, length);
    if (this.closed) return 0;
    if (written === 0) return this.tryLater();
    this.retryMs = FIRST_RETRY_MS;
    piece.done += written;
    this.queuedBytes -= written;
    if (piece.done === bytes.length) {
      this.pieces.shift();
      piece.onDone?.(true);
    }
    return written;
  }

  private readonly writeToPty: WriteInput = (bytes, at, length) => {
    const written = this.pty(bytes, at, length);
    if (written !== HUNG_UP) return written;
    this.close();
    return 0;
  };

  private tryLater(): 0 {
    this.cancelRetry = this.later(this.retryMs, () => this.drain());
    this.retryMs = Math.min(this.retryMs * 2, MAX_RETRY_MS);
    return 0;
  }
}
