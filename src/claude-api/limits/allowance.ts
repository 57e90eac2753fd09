/** What the API says of one of its limits, as of `at`; times are monotonic milliseconds. */
export interface AllowanceReading {
  /** Absent when an API in between does not say. */
  readonly limit?: number;
  readonly remaining: number;
  /** When all of it is there again. */
  readonly resetAt: number;
  readonly at: number;
}

/** One limit of the key. It refills steadily, so what is left is known at every moment from the last reading. */
export class Allowance {
  private readonly limit: number;
  private remaining: number;

  constructor(private readonly reading: AllowanceReading) {
    this.remaining = reading.remaining;
    this.limit = Math.max(reading.limit ?? reading.remaining, 1);
  }

  /** From when on so much of it is there. In the past: it is there. */
  availableAt(needed: number): number {
    const { at, resetAt } = this.reading;
    const wanted = Math.min(needed, this.limit);
    if (this.remaining >= wanted || resetAt <= at) return at;
    const missing = this.limit - this.reading.remaining;
    // Without a limit the rate is not known; all of it will be there at the end.
    if (this.reading.limit === undefined || missing <= 0) return resetAt;
    return Math.min(resetAt, at + ((wanted - this.remaining) * (resetAt - at)) / missing);
  }

  /** Of the limit, at least 1. */
  share(fraction: number): number {
    return Math.max(1, Math.floor(this.limit * fraction));
  }

  /** Begun, and not yet in what the API says. */
  spend(count: number): void {
    this.remaining -= count;
  }
}
