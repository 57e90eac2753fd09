/** Enough for a minute of flood between two looks; older ones are forgotten, and nobody asks for them. */
const MAX_TIMES = 1_000_000;
/** What is normal is looked up in this time before a fault. */
const BASELINE_MS = 1_000;

/** When something arrived, in monotonic milliseconds, and how long nothing did. */
export class Deliveries {
  private times: number[] = [];

  add(at: number): void {
    this.times.push(at);
    if (this.times.length > MAX_TIMES) this.times = this.times.slice(MAX_TIMES / 2);
  }

  get last(): number | undefined {
    return this.times.at(-1);
  }

  /** The longest time without an arrival that was not over at `from`, up to `now`, beyond the usual distance before `from`. */
  pauseSince(from: number, now: number): number {
    let longest = 0;
    const first = this.firstAfter(from);
    let before = this.times[first - 1] ?? from;
    for (let index = first; index < this.times.length; index++) {
      const at = this.times[index] as number;
      longest = Math.max(longest, at - before);
      before = at;
    }
    return Math.max(0, Math.max(longest, now - before) - this.usualBefore(from));
  }

  /** The median distance in the second before. */
  private usualBefore(from: number): number {
    const gaps: number[] = [];
    for (let index = this.firstAfter(from) - 1; index > 0; index--) {
      const at = this.times[index] as number;
      if (at < from - BASELINE_MS) break;
      gaps.push(at - (this.times[index - 1] as number));
    }
    gaps.sort((a, b) => a - b);
    return gaps[gaps.length >> 1] ?? 0;
  }

  private firstAfter(time: number): number {
    let low = 0;
    let high = this.times.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.times[middle] as number) > time) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
