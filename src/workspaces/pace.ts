import { setTimeout as sleep } from 'node:timers/promises';

/** A keystroke that arrives meanwhile waits this long at most. */
const TURN_MS = 2;
/** With {@link TURN_MS}: a tenth of one core, however large the tree is. */
const REST_MS = 20;

/** Lets long work on the file system go on in short turns. */
export interface Pace {
  /** Resolves at once, unless the turn is over: then others go first. */
  pause(): Promise<void> | undefined;
}

export class TurnPace implements Pace {
  private turnStarted = performance.now();

  pause(): Promise<void> | undefined {
    return performance.now() - this.turnStarted < TURN_MS ? undefined : this.rest();
  }

  private async rest(): Promise<void> {
    // Unreferenced: nothing that is being measured or removed keeps a stopping server alive.
    await sleep(REST_MS, undefined, { ref: false });
    this.turnStarted = performance.now();
  }
}
