import { ACK_COALESCE_BYTES, ACK_DELAY_MS, ACK_EVERY_BYTES } from './limits';
import type { Acknowledge, Timers } from './types';

interface Delivery {
  readonly end: number;
  parsed: boolean;
}

/**
 * Which output the emulator has parsed, and when the server is told. Holds one entry for each delivery that is not parsed
 * yet; the server's window bounds them.
 */
export class AckLedger {
  private deliveries: Delivery[] = [];
  /** Everything before this position was parsed; unknown until a stream position is. */
  private parsedTo: number | undefined;
  /** The last position that the server was told, or -1 when it must hear the next one in any case. */
  private told = -1;
  private toldAt = -Infinity;
  private timer: unknown;

  constructor(
    private readonly timers: Timers,
    /** What the connection that is told has sent, or -1 when there is none: a server ignores an ACK beyond that. */
    private readonly sent: () => number,
    private readonly send: (offset: number) => void,
  ) {}

  get position(): number | undefined {
    return this.parsedTo;
  }

  /** The stream continues at `offset` without anything to parse before it. */
  startAt(offset: number): void {
    this.deliveries = [];
    this.parsedTo = offset;
  }

  /** Forgets all deliveries: their bytes are followed by a snapshot. `forget` when the old position means nothing any more. */
  jump(forget: boolean): void {
    this.deliveries = [];
    if (forget) this.parsedTo = undefined;
    this.told = -1;
  }

  /** A server that counts from `offset` took over. */
  attached(offset: number): void {
    this.told = offset;
    this.consider();
  }

  /** The server sent something again that was parsed long ago; it waits for the ACK all the same. */
  repeated(): void {
    this.consider();
  }

  /** Bytes up to `end` go to the emulator; the returned function says that it has parsed them. */
  deliver(end: number): Acknowledge {
    const delivery: Delivery = { end, parsed: false };
    this.deliveries.push(delivery);
    return () => {
      if (delivery.parsed) return;
      delivery.parsed = true;
      this.settle();
    };
  }

  dispose(): void {
    this.timers.clearTimeout(this.timer);
    this.timer = undefined;
    this.deliveries = [];
  }

  private settle(): void {
    let count = 0;
    while (this.deliveries[count]?.parsed) count += 1;
    if (count === 0) return;
    this.parsedTo = (this.deliveries[count - 1] as Delivery).end;
    this.deliveries.splice(0, count);
    this.consider();
  }

  private consider(): void {
    const parsed = this.tellable();
    if (parsed <= this.told) return;
    const due = this.told < 0 ? ACK_EVERY_BYTES : parsed - this.told;
    const quiet = this.timers.now() - this.toldAt;
    const caughtUp = parsed >= this.sent();
    if (due >= ACK_EVERY_BYTES || (caughtUp && (due >= ACK_COALESCE_BYTES || quiet >= ACK_DELAY_MS))) this.tell();
    else if (caughtUp && this.timer === undefined) {
      this.timer = this.timers.setTimeout(() => this.tell(), ACK_DELAY_MS - quiet);
    }
  }

  private tell(): void {
    this.timers.clearTimeout(this.timer);
    this.timer = undefined;
    const parsed = this.tellable();
    if (parsed <= this.told) return;
    this.told = parsed;
    this.toldAt = this.timers.now();
    this.send(parsed);
  }

  private tellable(): number {
    return Math.min(this.parsedTo ?? -1, this.sent());
  }
}
