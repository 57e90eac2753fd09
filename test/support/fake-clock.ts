import { Clock } from '../../src/kernel/clock';

/** Time that passes only when told to. */
export class FakeClock extends Clock {
  constructor(private nowMs = Date.UTC(2030, 0, 1)) {
    super();
  }

  now(): number {
    return this.nowMs;
  }

  monotonic(): number {
    return this.nowMs;
  }

  advance(ms: number): void {
    this.nowMs += ms;
  }
}
