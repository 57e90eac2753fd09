import { PendingLog, StreamSender } from '@holdfast/protocol';
import { INPUT_PIECE_BYTES, MAX_INPUT_IN_FLIGHT_BYTES, MAX_UNSENT_BYTES } from './limits';

/**
 * What was typed and is not acknowledged yet. Bytes leave it only when the server wrote them to the PTY, so every
 * reconnect can send them again; the server drops what it already has.
 */
export class InputStream {
  private log = new PendingLog();
  private sender = new StreamSender(0);
  /** Gathers small writes into one piece, so that a thousand key presses while offline are not a thousand frames. */
  private stage = new Uint8Array(INPUT_PIECE_BYTES);
  private staged = 0;

  get size(): number {
    return this.log.size + this.staged;
  }

  get inFlight(): number {
    return this.sender.inFlight;
  }

  write(bytes: Uint8Array): boolean {
    if (this.size + bytes.length > MAX_UNSENT_BYTES) return false;
    for (let at = 0; at < bytes.length;) {
      const piece = bytes.subarray(at, at + INPUT_PIECE_BYTES - this.staged);
      this.stage.set(piece, this.staged);
      this.staged += piece.length;
      at += piece.length;
      if (this.staged === INPUT_PIECE_BYTES) this.flush();
    }
    return true;
  }

  /** The next piece to send, already counted as sent; `undefined` when nothing may be sent now. */
  take(maxBytes: number): { readonly offset: number; readonly bytes: Uint8Array } | undefined {
    this.flush();
    const offset = this.sender.next;
    const room = Math.min(this.sender.room(this.log.end, MAX_INPUT_IN_FLIGHT_BYTES), maxBytes);
    if (room <= 0) return undefined;
    const bytes = this.log.read(offset, room);
    this.sender.advance(bytes.length);
    return { offset, bytes };
  }

  acknowledge(offset: number): void {
    if (this.sender.acknowledge(offset)) this.log.trim(offset);
  }

  /**
   * Sends again from `offset`, the next byte the server wants. Returns input that must not be sent again: when the
   * server wants bytes that it had already acknowledged, it has forgotten this writer, and whether the ones under way
   * were typed cannot be known.
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
    return unsent;
  }

  /** Everything not acknowledged. */
  drain(): Uint8Array {
    this.flush();
    return this.log.drain();
  }

  /** Everything is handed back; what is written from now on continues the count. */
  abandon(): Uint8Array {
    this.flush();
    return this.replace(this.log.end);
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
