/** The first try after a lost connection comes within this many milliseconds. */
export const FIRST_TRY_MS = 100;
/** Upper ends of the waits that follow; the wait itself is anywhere from 0 to that (full jitter). */
export const LADDER_MS = [1_000, 2_000, 4_000, 8_000, 16_000, 30_000] as const;

/** 0 to 100 ms for the first try, then up to 1, 2, 4, 8, 16, 30 s, with full jitter. `random` is in [0, 1). */
export function ladderDelay(rung: number, random: () => number): number {
  const top = rung === 0 ? FIRST_TRY_MS : LADDER_MS[Math.min(rung, LADDER_MS.length) - 1];
  return random() * (top as number);
}
