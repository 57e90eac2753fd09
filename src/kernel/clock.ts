/** Time as a dependency, so that tests decide what time it is. */
export abstract class Clock {
  /** Unix milliseconds. For records and tokens. */
  abstract now(): number;
  /** Milliseconds that only go forward. For durations and deadlines. */
  abstract monotonic(): number;
}

export class SystemClock extends Clock {
  now(): number {
    return Date.now();
  }

  monotonic(): number {
    return performance.now();
  }
}
