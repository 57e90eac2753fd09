import type { Timers } from './types';

interface Platform {
  performance: { now(): number; timeOrigin: number };
  setTimeout(run: () => void, ms: number): unknown;
  clearTimeout(handle: unknown): void;
}

const platform = globalThis as unknown as Platform;

/** Real time. `now` reads like `Date.now()`, but a corrected system clock does not move it. */
export const systemTimers: Timers = {
  now: () => platform.performance.timeOrigin + platform.performance.now(),
  random: () => Math.random(),
  setTimeout: (run, ms) => platform.setTimeout(run, ms),
  clearTimeout: (handle) => platform.clearTimeout(handle),
};
