/** What one row measured, of all its runs and lanes. */
export interface Measured {
  /** Faults that were inflicted. */
  readonly runs: number;
  readonly outputBytes: number;
  readonly inputBytes: number;
  /** SHA-256 of what was printed and of what arrived were equal, in every lane. */
  readonly outputExact: boolean;
  /** What was typed is what the program read; flagged writes may or may not be in it. */
  readonly inputExact: boolean;
  /** In both directions. */
  readonly lostBytes: number;
  readonly doubledBytes: number;
  /** Writes that were announced as ambiguous, and the largest of them. */
  readonly flaggedWrites: number;
  readonly largestFlaggedBytes: number;
  /** One for each fault and client: see `Deliveries`. */
  readonly pausesMs: readonly number[];
  readonly reconnects: number;
  readonly refused: number;
  /** What must not happen and did; each is a failed run. */
  readonly problems: readonly string[];
  /** What else is worth saying about it. */
  readonly remarks: readonly string[];
}

export const NOTHING_MEASURED: Measured = {
  runs: 0,
  outputBytes: 0,
  inputBytes: 0,
  outputExact: true,
  inputExact: true,
  lostBytes: 0,
  doubledBytes: 0,
  flaggedWrites: 0,
  largestFlaggedBytes: 0,
  pausesMs: [],
  reconnects: 0,
  refused: 0,
  problems: [],
  remarks: [],
};

export function sum(parts: readonly Partial<Measured>[]): Measured {
  return parts.reduce<Measured>((total, part) => add(total, { ...NOTHING_MEASURED, ...part }), NOTHING_MEASURED);
}

function add(a: Measured, b: Measured): Measured {
  return {
    runs: a.runs + b.runs,
    outputBytes: a.outputBytes + b.outputBytes,
    inputBytes: a.inputBytes + b.inputBytes,
    outputExact: a.outputExact && b.outputExact,
    inputExact: a.inputExact && b.inputExact,
    lostBytes: a.lostBytes + b.lostBytes,
    doubledBytes: a.doubledBytes + b.doubledBytes,
    flaggedWrites: a.flaggedWrites + b.flaggedWrites,
    largestFlaggedBytes: Math.max(a.largestFlaggedBytes, b.largestFlaggedBytes),
    pausesMs: [...a.pausesMs, ...b.pausesMs],
    reconnects: a.reconnects + b.reconnects,
    refused: a.refused + b.refused,
    problems: [...a.problems, ...b.problems],
    remarks: [...a.remarks, ...b.remarks],
  };
}
