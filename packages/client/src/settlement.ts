import type { Connection } from './connection';
import { STABLE_AFTER_MS } from './limits';
import type { Timers } from './types';

/** How far a connection came: all its channels opened, and then alive for long enough to be a success. */
export type Settled = 'no' | 'opened' | 'stable';

/** Watches the newest connection that had all its channels opened become stable. */
export class Settlement {
  private connection: Connection | undefined;
  private settled: Settled = 'no';
  private timer: unknown;

  constructor(
    private readonly timers: Timers,
    private readonly onStable: () => void,
  ) {}

  of(connection: Connection): Settled {
    return this.connection === connection ? this.settled : 'no';
  }

  begin(connection: Connection): void {
    this.clear();
    this.connection = connection;
    this.settled = 'opened';
    this.timer = this.timers.setTimeout(() => this.complete(connection), STABLE_AFTER_MS);
  }

  clear(): void {
    this.timers.clearTimeout(this.timer);
    this.connection = undefined;
    this.settled = 'no';
  }

  private complete(connection: Connection): void {
    if (!connection.live) return;
    this.settled = 'stable';
    this.onStable();
  }
}
