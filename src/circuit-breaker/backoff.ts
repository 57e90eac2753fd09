import { ladderDelay } from '@holdfast/protocol';

/** How long somebody should wait after so many failures: up to 1, 2, 4, 8, 16, 30 s, with full jitter. */
export class Backoff {
  constructor(private readonly random: () => number) {}

  delayMs(failures: number): number {
    return Math.ceil(ladderDelay(failures, this.random));
  }
}
