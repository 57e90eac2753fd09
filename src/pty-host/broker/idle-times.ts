import type { HostSession } from '../wire/host-messages';

/**
 * For how long nothing was printed, nobody watched and nobody typed, by a clock that neither jumps nor runs while the machine sleeps. Both
 * count from the start of this process at the latest: a restart can only let a session live longer.
 */
export class IdleTimes {
  private outputAt: number;
  private watchedAt: number;
  private typedAt: number;

  constructor(private readonly monotonic: () => number) {
    this.outputAt = this.watchedAt = this.typedAt = monotonic();
  }

  noteOutput(): void {
    this.outputAt = this.monotonic();
  }

  /** Somebody watched until now. */
  noteWatched(): void {
    this.watchedAt = this.monotonic();
  }

  noteInput(): void {
    this.typedAt = this.monotonic();
  }

  get idleInputMs(): number {
    return Math.round(this.monotonic() - this.typedAt);
  }

  since(watched: boolean): Required<Pick<HostSession, 'idleOutputMs' | 'idleViewerMs' | 'idleInputMs'>> {
    const now = this.monotonic();
    return {
      idleOutputMs: Math.round(now - this.outputAt),
      idleViewerMs: watched ? 0 : Math.round(now - this.watchedAt),
      idleInputMs: this.idleInputMs,
    };
  }
}
