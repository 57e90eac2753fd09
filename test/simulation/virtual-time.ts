import type { Timers } from '@holdfast/client';

/** Awaiting it lets promise callbacks run. */
const TURN = Promise.resolve();

interface Entry {
  readonly at: number;
  /** Cleared ones stay where they are until their time. */
  run: (() => void) | undefined;
}

/** Time that passes as fast as the machine can. */
export class VirtualTime implements Pick<Timers, 'now' | 'setTimeout' | 'clearTimeout'> {
  /** By time, and by age among equals. */
  private readonly entries: Entry[] = [];
  private time = 0;

  now(): number {
    return this.time;
  }

  setTimeout(run: () => void, ms: number): unknown {
    const entry: Entry = { at: this.time + Math.max(0, ms), run };
    const { entries } = this;
    let place = entries.length;
    while (place > 0 && (entries[place - 1] as Entry).at > entry.at) place -= 1;
    entries.splice(place, 0, entry);
    return entry;
  }

  clearTimeout(handle: unknown): void {
    if (handle !== undefined) (handle as Entry).run = undefined;
  }

  async advance(ms: number): Promise<void> {
    const end = this.time + ms;
    // Between any two timers too, as in a browser.
    await TURN;
    for (let next = this.entries[0]; next && next.at <= end; next = this.entries[0]) {
      this.entries.shift();
      if (!next.run) continue;
      this.time = next.at;
      next.run();
      await TURN;
    }
    this.time = end;
  }
}
