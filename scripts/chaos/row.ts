import type { Measured } from './result';

/** One kind of fault, and how it is inflicted and measured. */
export interface Row {
  /** For `--row`, for the tests, and for docs/reliability.md: never changes. */
  readonly name: string;
  /** What is done, in a few words. */
  readonly title: string;
  readonly runs: { readonly short: number; readonly full: number };
  readonly target?: PauseTarget;
  /** At most so many flagged writes for each fault; 0 where it is left out. */
  readonly flaggedPerRun?: number;
  /** What the reader of the table must know about how it is measured. */
  readonly note?: string;
  /** Why it cannot be done here. */
  unavailable?(): string | undefined;
  run(context: RowContext): Promise<Measured>;
}

/** Milliseconds. */
export interface PauseTarget {
  readonly p50?: number;
  readonly max?: number;
}

export const PROCESS_DEATH: PauseTarget = { p50: 150, max: 500 };
export const HALF_OPEN_LINK: PauseTarget = { max: 2_000 };

export interface RowContext {
  readonly runs: number;
  /** For the tests: bytes matter, times do not, and nobody waits for what only times need. */
  readonly short: boolean;
  say(progress: string): void;
  /** Ended in any case, also when the row fails or the run is interrupted. */
  hold<T extends Stoppable>(starting: Promise<T>): Promise<T>;
}

export interface Stoppable {
  stop(): Promise<void> | void;
}

/** Of whatever the harness waits for and that should take at most seconds. */
export const PATIENCE_MS = 60_000;

/** The SDK takes a connection for a success after 10 s; one that breaks sooner is dialled again with more patience. */
export const STABLE_MS = 10_200;
