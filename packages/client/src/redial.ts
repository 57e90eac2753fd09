import { CloseCode, reactionTo } from '@holdfast/protocol';
import type { Closed } from './connection';
import { RETRY_NOW_INTERVAL_MS } from './limits';
import type { Ending, ReconnectPolicy } from './reconnect-policy';
import type { Settled } from './settlement';
import type { ConnectionState, Timers } from './types';

/** Dials again when there is no connection left. */
export class Redial {
  private timer: unknown;
  /** The server named a time; until then nobody's impatience shortens the wait. */
  private imposedUntil = -Infinity;
  /** The one renewal that a 4001 allows was used, and no connection has been stable since. */
  private renewed = false;
  private retriedAt = -Infinity;

  constructor(
    private readonly timers: Timers,
    private readonly policy: ReconnectPolicy,
    private readonly dial: () => void,
  ) {}

  /**
   * Plans the next attempt and returns the state to wait in; `undefined` when there must be no other attempt.
   * `returnInMs`: the wait that the server asked for in a `goaway`.
   */
  after(closed: Closed, settled: Settled, returnInMs: number | undefined): ConnectionState | undefined {
    const reaction = reactionTo(closed.code);
    if (reaction === 'renew') {
      if (this.renewed) return undefined;
      this.renewed = true;
    }
    const hintMs = closed.retryAfterMs ?? (reaction === 'renew' ? 0 : returnInMs);
    this.imposedUntil = closed.retryAfterMs === undefined ? -Infinity : this.timers.now() + closed.retryAfterMs;
    const plan = this.policy.ended({ kind: kindOf(closed, settled), hintMs }, settled === 'stable');
    const retryAt = this.timers.now() + plan.delayMs;
    this.cancel();
    this.timer = this.timers.setTimeout(this.dial, plan.delayMs);
    return plan.kind === 'probe' ? { name: 'broken', retryAt } : { name: 'waiting', attempt: plan.attempt, retryAt };
  }

  /** Instead of waiting on. */
  now(): void {
    const now = this.timers.now();
    if (now < this.imposedUntil || now - this.retriedAt < RETRY_NOW_INTERVAL_MS) return;
    this.retriedAt = now;
    this.dial();
  }

  succeeded(): void {
    this.renewed = false;
    this.policy.succeeded();
  }

  cancel(): void {
    this.timers.clearTimeout(this.timer);
  }
}

function kindOf(closed: Closed, settled: Settled): Ending['kind'] {
  switch (closed.code) {
    case CloseCode.goingAway:
    case CloseCode.restarting:
    case CloseCode.credentialExpired:
      return 'departure';
    case CloseCode.overloaded:
    case CloseCode.quota:
    case CloseCode.circuitOpen:
      return 'failure';
    default:
      return settled === 'no' ? 'failure' : 'interruption';
  }
}
