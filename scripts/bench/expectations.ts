import type { TargetName } from './targets/target';

/** A target of the project: a bound on a value, or on its ratio to another server in the same run. */
export interface Expectation {
  readonly row: string;
  /** Whose value; absent: Holdfast's. */
  readonly of?: TargetName;
  /** Counts is what that value is more than Holdfast's. */
  readonly beyondHoldfast?: boolean;
  readonly compare: '≤' | '≥';
  readonly bound: number;
  /** Absent: the bound is in the row's own unit. */
  readonly times?: TargetName;
}

export const EXPECTATIONS: readonly Expectation[] = [
  { row: 'connect', compare: '≤', bound: 1.3, times: 'ttyd' },
  { row: 'connect', of: 'sandboxed', beyondHoldfast: true, compare: '≤', bound: 25 },
  { row: 'echo-p50', compare: '≤', bound: 2, times: 'ttyd' },
  { row: 'flood-p50', compare: '≤', bound: 1.5, times: 'ttyd' },
  { row: 'ascii', compare: '≥', bound: 0.6, times: 'raw-pty' },
  { row: 'ascii', compare: '≥', bound: 1.2, times: 'ttyd' },
  { row: 'colour', compare: '≥', bound: 0.6, times: 'raw-pty' },
  { row: 'colour', compare: '≥', bound: 1.2, times: 'ttyd' },
  { row: 'interrupt', compare: '≤', bound: 25 },
  { row: 'interrupt', compare: '≤', bound: 0.1, times: 'ttyd' },
  ...['attached-100', 'detached-100', 'attached-500', 'detached-500'].map((row): Expectation => ({
    row,
    compare: '≤',
    bound: 64,
  })),
];

export type Verdict = 'met' | 'missed' | 'not measured';

/** `value` of Holdfast against the values of the others in the same row. */
export function judge(expectation: Expectation, value: number | undefined, other: number | undefined): Verdict {
  const bound = expectation.times ? expectation.bound * (other ?? Number.NaN) : expectation.bound;
  if (value === undefined || Number.isNaN(value) || Number.isNaN(bound)) return 'not measured';
  return (expectation.compare === '≤' ? value <= bound : value >= bound) ? 'met' : 'missed';
}
