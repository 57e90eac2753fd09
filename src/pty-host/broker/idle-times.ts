/**
 * For how long nothing was printed and nobody watched, by a clock that neither jumps nor runs while the machine sleeps. Both
 * count from the start of this process at the latest: a restart can only let a session live longer.
 */
export class IdleTimes {
  private outputAt: number;
  private watchedAt: number;

  constructor(private readonly monotonic: () => number) {
    this.outputAt = this.watchedAt = monotonic();
  }

  noteOutput(): void {
    this.outputAt = this.monotonic();
  }

  /** Somebody watched until now. */
  noteWatched(): void {
    this.watchedAt = this.monotonic();
  }

  since(watched: boolean): { readonly idleOutputMs: number; readonly idleViewerMs: number } {
    const now = this.monotonic();
    return {
      idleOutputMs: Math.round(now - this.outputAt),
      idleViewerMs: watched ? 0 : Math.round(now - this.watchedAt),
    };
  }
}
