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
