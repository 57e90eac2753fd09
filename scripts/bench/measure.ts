import type { Effort } from './options';
import type { RunningTarget } from './targets/target';
import type { Workload } from './workload';

export interface RowSpec {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  /** Decimals in the table. */
  readonly digits: number;
}

/** Values by row; a target that cannot do something leaves its row out. */
export type Sample = Readonly<Record<string, number>>;

export interface SampleContext {
  readonly target: RunningTarget;
  readonly effort: Effort;
  readonly workload: Workload;
}

/** One kind of measurement: it takes a sample of several rows at once. */
export interface Measure {
  readonly name: string;
  readonly rows: readonly RowSpec[];
  /** On a server of its own that served nothing before, and once: for memory. */
  readonly fresh?: boolean;
  sample(context: SampleContext): Promise<Sample>;
}
