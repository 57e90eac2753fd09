/**
 * The resume core: both directions of a terminal are the same thing, an append-only byte stream with absolute offsets,
 * a cumulative acknowledgement and resending from the last acknowledged position. No I/O, no clock.
 */

export interface ByteLog {
  /** The oldest byte that can still be read. */
  readonly start: number;
  /** One past the newest byte. */
  readonly end: number;
  /** At most `max` bytes from `offset`; fewer where the log ends or a piece of it does. */
  read(offset: number, max: number): Uint8Array;
}

/** The sending half of a stream: which bytes of a log may be sent now. Holds no bytes itself. */
export class StreamSender {
  private sent: number;
  private acknowledged: number;

  constructor(from: number) {
    this.sent = from;
    this.acknowledged = from;
  }

  /** The next byte to send. */
  get next(): number {
    return this.sent;
  }

  /** Everything before this position reached the peer. */
  get acked(): number {
    return this.acknowledged;
  }

  get inFlight(): number {
    return this.sent - this.acknowledged;
  }

  /** How many bytes may be sent now under a window of `window` unacknowledged bytes. */
  room(end: number, window: number): number {
    return Math.max(0, Math.min(window - this.inFlight, end - this.sent));
  }

  advance(bytes: number): void {
    this.sent += bytes;
  }

  /** Takes a cumulative acknowledgement; stale ones and ones beyond what was sent change nothing. */
  acknowledge(offset: number): boolean {
    if (offset <= this.acknowledged || offset > this.sent) return false;
    this.acknowledged = offset;
    return true;
  }

  /** Starts again from `offset`, after a reconnect or a jump. */
  restart(offset: number): void {
    this.sent = offset;
    this.acknowledged = offset;
  }
}

export type Accepted =
  | { readonly kind: 'deliver'; readonly bytes: Uint8Array }
  | { readonly kind: 'duplicate' }
  /** Something in front is missing: deliver nothing, ask again from `next`. */
  | { readonly kind: 'gap' };

const DUPLICATE: Accepted = { kind: 'duplicate' };
const GAP: Accepted = { kind: 'gap' };

/** The receiving half of a stream: the state that matters is one integer. */
export class StreamReceiver {
  constructor(public next = 0) {}

  accept(offset: number, bytes: Uint8Array): Accepted {
    if (offset > this.next) return GAP;
    const end = offset + bytes.length;
    if (end <= this.next) return DUPLICATE;
    const fresh = offset === this.next ? bytes : bytes.subarray(this.next - offset);
    this.next = end;
    return { kind: 'deliver', bytes: fresh };
  }
}

/** Bytes kept until they are acknowledged, for example a client's typed input. */
export class PendingLog implements ByteLog {
  private pieces: Uint8Array[] = [];
  private first = 0;
  private last = 0;

  constructor(at = 0) {
    this.first = at;
    this.last = at;
  }

  get start(): number {
    return this.first;
  }

  get end(): number {
    return this.last;
  }

  get size(): number {
    return this.last - this.first;
  }

  append(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.pieces.push(bytes);
    this.last += bytes.length;
  }

  /** Forgets everything before `offset`. */
  trim(offset: number): void {
    while (this.pieces.length > 0 && this.first < offset) {
      const piece = this.pieces[0] as Uint8Array;
      const cut = Math.min(piece.length, offset - this.first);
      this.first += cut;
      if (cut === piece.length) this.pieces.shift();
      else this.pieces[0] = piece.subarray(cut);
    }
  }

  read(offset: number, max: number): Uint8Array {
    if (offset < this.first) return new Uint8Array(0);
    let at = this.first;
    for (const piece of this.pieces) {
      if (offset < at + piece.length) return piece.subarray(offset - at, offset - at + max);
      at += piece.length;
    }
    return new Uint8Array(0);
  }

  /** Everything that is held, as one array; the log is empty afterwards. */
  drain(): Uint8Array {
    const all = new Uint8Array(this.size);
    let at = 0;
    for (const piece of this.pieces) {
      all.set(piece, at);
      at += piece.length;
    }
    this.pieces = [];
    this.first = this.last;
    return all;
  }
}
