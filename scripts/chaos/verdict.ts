import { percentile } from '../bench/statistics';
import type { Measured } from './result';
import type { Row } from './row';

/** One write(2) of the broker: docs/adr/0003-input-ledger.md. */
const MAX_FLAGGED_BYTES = 1024;

/** A row that was run, and how it went. */
export interface Outcome {
  readonly row: Row;
  readonly measured: Measured;
}

/** What must not be: lost or doubled bytes, more than the promised ambiguity, failed runs. */
export function failures({ row, measured }: Outcome): string[] {
  const { flaggedWrites, runs } = measured;
  const found = [...measured.problems];
  if (!measured.outputExact) found.push('the output differs');
  if (!measured.inputExact) found.push('the input differs');
  if (measured.lostBytes > 0) found.push(`${measured.lostBytes} bytes were lost`);
  if (measured.doubledBytes > 0) found.push(`${measured.doubledBytes} bytes came twice`);
  if (flaggedWrites > (row.flaggedPerRun ?? 0) * runs)
    found.push(`${flaggedWrites} writes were flagged in ${runs} runs`);
  if (measured.largestFlaggedBytes > MAX_FLAGGED_BYTES)
    found.push(`${measured.largestFlaggedBytes} bytes were flagged at once`);
  return found;
}

/** Which targets for times were met; they depend on the machine, and fail nothing. */
export function timing({ row: { target }, measured: { pausesMs } }: Outcome): string {
  if (!target || pausesMs.length === 0) return '';
  const verdicts: string[] = [];
  for (const [name, share, bound] of [
    ['p50', 0.5, target.p50],
    ['max', 1, target.max],
  ] as const) {
    if (bound === undefined) continue;
    verdicts.push(`${name} < ${bound} ms: ${percentile(pausesMs, share) < bound ? 'met' : 'missed'}`);
  }
  return verdicts.join('; ');
}
