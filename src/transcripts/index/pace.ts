import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';

/** Waiting as a dependency, so that tests decide how time passes. */
export abstract class Pace {
  /** Returns early when the signal is aborted. */
  abstract wait(ms: number, signal: AbortSignal): Promise<void>;
}

@Injectable()
export class SystemPace extends Pace {
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    await sleep(ms, undefined, { signal, ref: false }).catch(() => undefined);
  }
}
