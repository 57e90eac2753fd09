import type { Closed, Connection } from './connection';
import { REPLACEMENT_BUSY_MS, SUSPECT_DIAL_INTERVAL_MS } from './limits';
import type { ReconnectPolicy } from './reconnect-policy';
import type { Timers } from './types';

/** The connection that serves, and the one that may take over from it. */
export interface ConnectionPair {
  readonly current: Connection | undefined;
  readonly candidate: Connection | undefined;
  dial(): void;
}

/** Make before break: dials a successor while the current connection still serves. */
export class Replacement {
  /** The current connection has to go, by the server's wish or because its credential runs out. */
  private wanted = false;
  private timer: unknown;
  /** When the goaway of the current connection allows to come back. */
  private returnAt: number | undefined;
  private suspectedAt = -Infinity;
  private suspectInterval = SUSPECT_DIAL_INTERVAL_MS;

  constructor(
    private readonly timers: Timers,
    private readonly policy: ReconnectPolicy,
    private readonly pair: ConnectionPair,
  ) {}

  /** How much of the wait that a goaway asked for is left. */
  get returnInMs(): number | undefined {
    return this.returnAt === undefined ? undefined : Math.max(0, this.returnAt - this.timers.now());
  }

  /** The server is about to leave. */
  onGoAway(connection: Connection, reconnectAfterMs: number): void {
    const delay = this.policy.sentAway(Math.max(0, Number(reconnectAfterMs) || 0));
    if (connection === this.pair.current) this.returnAt = this.timers.now() + delay;
    this.after(connection, delay);
  }

  /** A second connection costs little and never breaks a healthy first one. */
  onSuspect(connection: Connection): void {
    const now = this.timers.now();
    if (connection !== this.pair.current || this.pair.candidate !== undefined || this.policy.broken) return;
    if (now - this.suspectedAt < this.suspectInterval) return;
    this.suspectedAt = now;
    this.pair.dial();
  }

  /** The successor did not make it, `current` still serves. */
  onFailed(current: Connection, closed: Closed): void {
    if (this.wanted) {
      const plan = this.policy.ended({ kind: 'failure', hintMs: closed.retryAfterMs }, false);
      this.after(current, plan.delayMs);
    } else {
      // The first connection is not known to be dead, so this is no failure; but the link gets less and less of them.
      this.suspectInterval *= 2;
    }
  }

  after(connection: Connection, delayMs: number): void {
    this.timers.clearTimeout(this.timer);
    this.timer = this.timers.setTimeout(() => this.replace(connection), delayMs);
  }

  /** Nothing is to be replaced: a new connection serves, or none. */
  reset(): void {
    this.timers.clearTimeout(this.timer);
    this.wanted = false;
    this.returnAt = undefined;
    this.suspectInterval = SUSPECT_DIAL_INTERVAL_MS;
  }

  private replace(connection: Connection): void {
    const { current, candidate } = this.pair;
    if (connection !== current && connection !== candidate) return;
    this.wanted ||= connection === current;
    if (candidate !== undefined) this.after(connection, REPLACEMENT_BUSY_MS);
    else this.pair.dial();
  }
}
