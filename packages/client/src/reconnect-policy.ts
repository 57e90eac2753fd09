import { FIRST_TRY_MS, ladderDelay } from '@holdfast/protocol';
import { BREAKER_MAX_FAILURES, BREAKER_PROBE_MS, BREAKER_SPAN_MS, BREAKER_THRESHOLD } from './limits';
import { HINTS_BELIEVED, MAX_AWAY_RUNG, MAX_HINT_MS, UNPLANNED_SPREAD_MS } from './limits';

/** How a connection or an attempt ended, as far as the next attempt is concerned. */
export interface Ending {
  readonly kind:
    /** Refused, timed out, or cut before all channels were opened: what the breaker counts. */
    | 'failure'
    /** Cut after everything had been opened: climbs the ladder, so a server that flaps is not hammered. */
    | 'interruption'
    /** The server left in good order (1001, 1012): no sign that the next attempt fails. */
    | 'departure';
  readonly hintMs?: number;
}

export type Plan =
  | { readonly kind: 'wait'; readonly attempt: number; readonly delayMs: number }
  /** The breaker is open: one probe after `delayMs`, nothing before. */
  | { readonly kind: 'probe'; readonly delayMs: number };

/** When to try again. Knows no sockets and sets no timers: it is told what happened and answers with a delay. */
export class ReconnectPolicy {
  /** Connections and attempts that ended since the last success: the rung of the ladder. */
  private rung = 0;
  /** Consecutive failures: what the breaker counts. */
  private failures = 0;
  /** Times that the server sent a working connection away since the last success. */
  private departures = 0;
  private failingSince = 0;
  private open = false;

  constructor(
    private readonly random: () => number,
    private readonly now: () => number,
  ) {}

  /** The number of the attempt that comes next, from 1. */
  get attempt(): number {
    return this.rung + 1;
  }

  get broken(): boolean {
    return this.open;
  }

  /** A connection had all its channels opened and was stable for 10 s. */
  succeeded(): void {
    this.rung = 0;
    this.failures = 0;
    this.departures = 0;
    this.open = false;
  }

  /** `stable` tells whether the connection that ended had been a success; then its end counts for nothing. */
  ended(ending: Ending, stable: boolean): Plan {
    if (!stable) {
      this.rung += 1;
      if (ending.kind === 'failure') this.countFailure();
    }
    const hint = ending.hintMs === undefined ? undefined : this.spread(Math.min(ending.hintMs, MAX_HINT_MS));
    if (this.broken) return { kind: 'probe', delayMs: Math.max(BREAKER_PROBE_MS, hint ?? 0) };
    return { kind: 'wait', attempt: this.attempt, delayMs: this.delay(ending, hint) };
  }

  /** When to replace a connection that the server sends away (`goaway`): after its hint, and not again and again. */
  sentAway(hintMs: number): number {
    this.departures += 1;
    const rung = Math.min(this.departures - HINTS_BELIEVED, MAX_AWAY_RUNG);
    return Math.max(Math.min(hintMs, MAX_HINT_MS), this.floor(rung));
  }

  private delay({ kind }: Ending, hint: number | undefined): number {
    if (hint !== undefined) return Math.max(hint, this.floor(this.rung - HINTS_BELIEVED));
    return kind === 'departure' && this.rung === 0
      ? this.random() * UNPLANNED_SPREAD_MS
      : ladderDelay(this.rung, this.random);
  }

  private floor(rung: number): number {
    return rung <= 0 ? 0 : ladderDelay(rung, this.random);
  }

  /**
   * Full jitter can put five attempts into one second. A server that restarts for three is no reason to stay away for thirty, so
   * failures open the breaker only once they have lasted as long as the ladder takes on average.
   */
  private countFailure(): void {
    if (this.failures === 0) this.failingSince = this.now();
    this.failures += 1;
    const lasted = this.now() - this.failingSince >= BREAKER_SPAN_MS;
    this.open ||= this.failures >= (lasted ? BREAKER_THRESHOLD : BREAKER_MAX_FAILURES);
  }

  /** Never earlier than the server said, and a little later, so that a herd it sent away comes back as a queue. */
  private spread(hintMs: number): number {
    return hintMs + this.random() * Math.max(FIRST_TRY_MS, hintMs / 10);
  }
}
