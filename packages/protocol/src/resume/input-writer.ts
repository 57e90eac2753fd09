import type { ByteRange } from '../events';
import type { Piece } from './byte-log';
import { PendingLog } from './pending-log';
import { StreamSender } from './stream-sender';

export interface InputBounds {
  /** What may wait for a connection or an acknowledgement. */
  readonly maxBytes: number;
  /** What may be on its way without an acknowledgement. */
  readonly maxInFlight: number;
  /** Small writes are gathered into pieces of this size, so that a thousand keys typed offline are not a thousand frames. */
  readonly pieceBytes: number;
}

/**
 * The client's half of the input: what was typed and is not acknowledged yet. Bytes leave it only when the host wrote them to
 * the PTY, so every reconnect can send them again; the host drops what it already has.
 */
export class InputWriter {
  protected log = new PendingLog();
  private sender = new StreamSender(0);
  private readonly stage: Uint8Array;
  private staged = 0;
  /** End of the newest ambiguous range that was heard of: the server repeats it to every connection. */
  private ambiguousTo = 0;

  constructor(private readonly bounds: InputBounds) {
    this.stage = new Uint8Array(bounds.pieceBytes);
  }

  get size(): number {
    return this.log.size + this.staged;
  }

  get inFlight(): number {
    return this.sender.inFlight;
  }

  /** False when there is no room. */
  write(bytes: Uint8Array): boolean {
    const { maxBytes, pieceBytes } = this.bounds;
    if (this.size + bytes.length > maxBytes) return false;
    for (let at = 0; at < bytes.length;) {
      const piece = bytes.subarray(at, at + pieceBytes - this.staged);
      this.stage.set(piece, this.staged);
      this.staged += piece.length;
      at += piece.length;
      if (this.staged === pieceBytes) this.flush();
    }
    return true;
  }

  /** The next piece to send, already counted as sent; `undefined` when nothing may be sent now. */
  take(max: number): Piece | undefined {
    this.flush();
    const offset = this.sender.next;
    const room = Math.min(this.sender.room(this.log.end, this.bounds.maxInFlight), max);
    if (room <= 0) return undefined;
    const bytes = this.log.read(offset, room);
    this.sender.advance(bytes.length);
    return { offset, bytes };
  }

  acknowledge(offset: number): void {
    if (this.sender.acknowledge(offset)) this.log.trim(offset);
  }

  /**
   * Sends again from `offset`, the next byte the host wants. Returns input that must not be sent again: when the host wants
   * bytes that it had already acknowledged, it has forgotten this writer, and whether the ones under way were typed cannot be
   * known.
   */
  resumeFrom(offset: number): Uint8Array | undefined {
    this.flush();
    if (offset >= this.log.start && offset <= this.log.end) {
      this.log.trim(offset);
      this.sender.restart(offset);
      return undefined;
    }
    const unsent = this.drainSent();
    const never = this.log.drain();
    this.restartAt(offset);
    this.log.append(never);
    return unsent.length > 0 ? unsent : undefined;
  }

  /** Sends again everything that is not acknowledged. */
  resend(): void {
    this.sender.restart(this.log.start);
  }

  /** A new process: everything that waits is handed back, and counting starts at `offset`. */
  replace(offset: number): Uint8Array {
    const unsent = this.drain();
    this.restartAt(offset);
    this.ambiguousTo = 0;
    return unsent;
  }

  /** The host cannot know whether it typed this range. Returns what of it was not heard of before. */
  hearAmbiguous(range: ByteRange): ByteRange | undefined {
    if (range.to <= this.ambiguousTo) return undefined;
    const fresh = { from: Math.max(range.from, this.ambiguousTo), to: range.to };
    this.ambiguousTo = range.to;
    return fresh;
  }

  /** Everything not acknowledged. */
  drain(): Uint8Array {
    this.flush();
    return this.log.drain();
  }

  /** Everything is handed back; what is written from now on continues the count. */
  abandon(): Uint8Array {
    const unsent = this.drain();
    this.restartAt(this.log.end);
    return unsent;
  }

  /** Everything that never left. */
  drainNeverSent(): Uint8Array {
    this.flush();
    this.drainSent();
    return this.log.drain();
  }

  private drainSent(): Uint8Array {
    const sent = new Uint8Array(Math.max(0, this.sender.next - this.log.start));
    for (let at = 0; at < sent.length;) {
      const piece = this.log.read(this.log.start + at, sent.length - at);
      sent.set(piece, at);
      at += piece.length;
    }
    this.log.trim(this.sender.next);
    return sent;
  }

  private restartAt(offset: number): void {
    this.log = new PendingLog(offset);
    this.sender = new StreamSender(offset);
  }

  private flush(): void {
    if (this.staged === 0) return;
    this.log.append(this.stage.slice(0, this.staged));
    this.staged = 0;
  }
}
