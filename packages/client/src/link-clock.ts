import { DEAD_AFTER_MS, PING_INTERVAL_MS, SUSPECT_AFTER_MS, SUSPECT_POLL_MS, SUSPECT_ROUND_TRIPS } from './limits';
import type { Timers } from './types';

export interface LinkSigns {
  ping(t: number): void;
  latency(milliseconds: number): void;
  /** Something has been unanswered for too long. Called again while it stays so. */
  suspect(): void;
  dead(): void;
  awaitsAcknowledgement(): boolean;
}

/** Any two answers apart by less than this prove the same thing. */
const PROBE_FRACTION = 0.5;

/** Watches one link: pings, measures the round trip, suspects, and declares dead. */
export class LinkClock {
  private lastReceived = 0;
  private pings = 0;
  /** When the unanswered ping was sent. */
  private pingSentAt: number | undefined;
  private lastPingAt = 0;
  /** When input was sent that has not been acknowledged. */
  private inputSentAt: number | undefined;
  private roundTrip: number | undefined;
  private timer: unknown;
  private running = false;

  constructor(
    private readonly timers: Timers,
    private readonly signs: LinkSigns,
  ) {}

  start(): void {
    this.running = true;
    this.lastReceived = this.timers.now();
    this.probe();
  }

  received(): void {
    this.lastReceived = this.timers.now();
  }

  inputSent(): void {
    if (this.inputSentAt !== undefined) return;
    this.inputSentAt = this.timers.now();
    this.arm();
  }

  probe(): void {
    if (!this.running || this.pingSentAt !== undefined) return;
    this.pingSentAt = this.lastPingAt = this.timers.now();
    this.pings += 1;
    this.signs.ping(this.pings);
    this.arm();
  }

  ponged(t: unknown): void {
    if (t !== this.pings || this.pingSentAt === undefined) return;
    const sample = this.timers.now() - this.pingSentAt;
    // The smoothing of TCP: one slow answer does not make the link slow.
    this.roundTrip = this.roundTrip === undefined ? sample : (7 * this.roundTrip + sample) / 8;
    this.pingSentAt = undefined;
    // The link is alive, so it is the process that does not read its input.
    this.inputSentAt = undefined;
    this.signs.latency(sample);
    this.arm();
  }

  dispose(): void {
    this.running = false;
    this.timers.clearTimeout(this.timer);
  }

  private arm(): void {
    if (!this.running) return;
    this.timers.clearTimeout(this.timer);
    const outstanding = this.pingSentAt !== undefined || this.inputSentAt !== undefined;
    // Whole milliseconds and never none: a clock with fractions would come a hair too early, again and again.
    const wait = Math.max(1, Math.ceil(this.lastPingAt + PING_INTERVAL_MS - this.timers.now()));
    this.timer = this.timers.setTimeout(() => this.look(), outstanding ? SUSPECT_POLL_MS : wait);
  }

  private look(): void {
    const now = this.timers.now();
    if (this.inputSentAt !== undefined && !this.signs.awaitsAcknowledgement()) this.inputSentAt = undefined;
    const since = Math.min(this.pingSentAt ?? now, this.inputSentAt ?? now);
    const unanswered = now - Math.max(since, this.lastReceived);
    const patience = Math.max(SUSPECT_AFTER_MS, SUSPECT_ROUND_TRIPS * (this.roundTrip ?? 0));
    // Background tabs have their timers throttled to one a minute. Silence counts only after a ping had its chance.
    const pingUnanswered = this.pingSentAt === undefined ? 0 : now - this.pingSentAt;
    if (now - this.lastReceived >= DEAD_AFTER_MS && pingUnanswered >= DEAD_AFTER_MS - PING_INTERVAL_MS) {
      return this.signs.dead();
    }
    if (unanswered >= patience * PROBE_FRACTION || now - this.lastPingAt >= PING_INTERVAL_MS) this.probe();
    this.arm();
    if (unanswered > patience) this.signs.suspect();
  }
}
