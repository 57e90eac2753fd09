/** Requests of one user or address that are worked on at the same time: fifty would share every turn of the event loop. */
const MAX_AT_ONCE = 4;
/** Of one user or address: five hundred clients come back with two requests each. */
const MAX_WAITING = 1_000;

interface Lane {
  busy: number;
  readonly waiting: (() => void)[];
}

/** Lets everybody's requests through a few at a time, so that one who sends many waits for himself and not others for him. */
export class Lanes {
  private readonly lanes = new Map<string, Lane>();

  /** Calls `start` now, or in its turn; `leave` has to follow it. False: too many wait already. */
  enter(key: string, start: () => void): boolean {
    let lane = this.lanes.get(key);
    if (!lane) this.lanes.set(key, (lane = { busy: 0, waiting: [] }));
    if (lane.busy < MAX_AT_ONCE) {
      lane.busy++;
      start();
      return true;
    }
    if (lane.waiting.length >= MAX_WAITING) return false;
    lane.waiting.push(start);
    return true;
  }

  leave(key: string): void {
    const lane = this.lanes.get(key);
    if (!lane) return;
    const next = lane.waiting.shift();
    if (next) setImmediate(next);
    else if (--lane.busy === 0) this.lanes.delete(key);
  }
}
