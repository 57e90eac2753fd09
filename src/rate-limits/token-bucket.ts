/** So much for each second in the long run, and so much at once. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** Tenths do not add up to one exactly; a millionth of a token is nothing. */
const ROUNDING = 1e-6;

/** Fills steadily up to its burst. Time comes from the caller: milliseconds that only go forward. */
export class TokenBucket {
  private tokens: number;

  constructor(
    private readonly rate: Rate,
    private filledAt: number,
  ) {
    this.tokens = rate.burst;
  }

  /** Takes `count` and answers 0, or takes nothing and answers in how many milliseconds they would be there. */
  take(now: number, count = 1): number {
    this.fill(now);
    if (this.tokens + ROUNDING < count) return this.msUntil(count);
    this.tokens -= count;
    return 0;
  }

  /** Takes `count` in any case, and answers for how many milliseconds nothing more should be taken: what is owed is paid then. */
  spend(now: number, count = 1): number {
    this.fill(now);
    this.tokens -= count;
    return this.tokens >= 0 ? 0 : this.msUntil(0);
  }

  /** What was taken turned out not to count. */
  give(count = 1): void {
    this.tokens = Math.min(this.rate.burst, this.tokens + count);
  }

  private fill(now: number): void {
    this.tokens = Math.min(this.rate.burst, this.tokens + ((now - this.filledAt) * this.rate.perSecond) / 1000);
    this.filledAt = now;
  }

  private msUntil(wanted: number): number {
    return Math.ceil(((wanted - this.tokens - ROUNDING) * 1000) / this.rate.perSecond);
  }
}
