import type { Timers } from '../types';

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** More than any honest flood in a test needs. */
const MAX_CALLS_AT_ONE_TIME = 20_000;

/** Time that passes only when a test says so. */
export class ManualTimers implements Timers {
  private entries = new Set<Entry>();
  private time = 1_000_000;
  private order = 0;
  /** What `random` answers; jitter is at its widest by default. */
  nextRandom: () => number = () => 0.999;

  now(): number {
    return this.time;
  }

  random(): number {
    return this.nextRandom();
  }

  setTimeout(run: () => void, ms: number): unknown {
    const entry: Entry = { at: this.time + Math.max(0, ms), order: (this.order += 1), run };
    this.entries.add(entry);
    return entry;
  }

  clearTimeout(handle: unknown): void {
    this.entries.delete(handle as Entry);
  }

  get pending(): number {
    return this.entries.size;
  }

  async advance(ms: number): Promise<void> {
    const end = this.time + ms;
    let standing = 0;
    await settle();
    for (let next = this.first(end); next !== undefined; next = this.first(end)) {
      standing = next.at > this.time ? 0 : standing + 1;
      if (standing > MAX_CALLS_AT_ONE_TIME) throw new Error('timers are set again and again without time passing');
      this.time = Math.max(this.time, next.at);
      this.entries.delete(next);
      next.run();
      await settle();
    }
    this.time = end;
  }

  private first(until: number): Entry | undefined {
    let first: Entry | undefined;
    for (const entry of this.entries) {
      if (entry.at > until) continue;
      if (first === undefined || entry.at < first.at || (entry.at === first.at && entry.order < first.order))
        first = entry;
    }
    return first;
  }
}

/** Lets promise callbacks run; the longest chain in the SDK is shorter than this. */
async function settle(): Promise<void> {
  for (let i = 0; i < 8; i += 1) await Promise.resolve();
}
