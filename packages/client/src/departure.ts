import { Deferred } from './deferred';
import { LEAVE_TIMEOUT_MS } from './limits';
import type { Timers } from './types';

/** A terminal that takes its leave: over when the server confirmed, the sockets are gone, or it took too long. */
export class Departure {
  private readonly gone = new Deferred<void>();
  private readonly timer: unknown;

  constructor(
    private readonly timers: Timers,
    private readonly onGone: (confirmed: boolean) => void,
  ) {
    this.timer = timers.setTimeout(() => this.finish(false), LEAVE_TIMEOUT_MS);
  }

  get done(): Promise<void> {
    return this.gone.promise;
  }

  finish(confirmed: boolean): void {
    this.timers.clearTimeout(this.timer);
    this.onGone(confirmed);
    this.gone.resolve();
  }
}
