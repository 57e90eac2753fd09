const WINDOW_MS = 60_000;
/** The hundredth malformed frame within a minute closes the socket. */
export const MAX_BAD_FRAMES = 100;

/** Counts a socket's malformed frames over the last minute. */
export class BadFrameMeter {
  private times: number[] = [];

  constructor(private readonly now: () => number) {}

  /** True when this one was too many. */
  note(): boolean {
    const now = this.now();
    this.times = this.times.filter((time) => now - time < WINDOW_MS);
    this.times.push(now);
    return this.times.length >= MAX_BAD_FRAMES;
  }
}
