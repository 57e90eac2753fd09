import type { RowSpec, Sample } from './measure';
import { median } from './statistics';
import type { TargetName } from './targets/target';

export interface Row extends RowSpec {
  /** By target, one for each round. */
  readonly values: Readonly<Partial<Record<TargetName, readonly number[]>>>;
}

/** Every value of every round, in the order of the rows. */
export class Results {
  private readonly values = new Map<string, Partial<Record<TargetName, number[]>>>();
  private readonly specs: RowSpec[] = [];

  addRows(specs: readonly RowSpec[]): void {
    this.specs.push(...specs);
  }

  add(target: TargetName, sample: Sample): void {
    for (const [id, value] of Object.entries(sample)) {
      const row = this.values.get(id) ?? {};
      (row[target] ??= []).push(value);
      this.values.set(id, row);
    }
  }

  get rows(): readonly Row[] {
    return this.specs.map((spec) => ({ ...spec, values: this.values.get(spec.id) ?? {} }));
  }
}

export function middleOf(row: Row, target: TargetName): number | undefined {
  const values = row.values[target];
  return values && values.length > 0 ? median(values) : undefined;
}
