/**
 * `it` where this machine can do what the test needs; elsewhere the test is listed as skipped, with the reason in its name, which
 * `npm test` and `npm run test:security` print. `missing`: what the machine lacks, as a part of a sentence; absent: nothing.
 */
export function itWhere(
  missing: string | undefined,
): (title: string, run: () => Promise<void>, timeoutMs?: number) => void {
  if (missing === undefined) return it;
  return (title, run, timeoutMs) => it.skip(`${title} (not on this machine: ${missing})`, run, timeoutMs);
}
