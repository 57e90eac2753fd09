import type { AuditEntry } from '../audit-log';

export interface Gap extends Readonly<Record<string, unknown>> {
  readonly count: number;
  /** ISO 8601. */
  readonly from: string;
  readonly to: string;
  readonly codes: Readonly<Record<string, number>>;
}

/** Events that could not be written down; there are not more codes than `AUDIT_CODES` has. */
export class MissedEvents {
  private count = 0;
  private from = 0;
  private to = 0;
  private codes: Record<string, number> = {};

  note({ code }: AuditEntry, now: number): void {
    if (this.count === 0) this.from = now;
    this.to = now;
    this.count++;
    this.codes[code] = (this.codes[code] ?? 0) + 1;
  }

  /** Undefined: none are missing that nobody was told of. */
  get gap(): Gap | undefined {
    const { count, from, to, codes } = this;
    if (count === 0) return undefined;
    return { count, from: new Date(from).toISOString(), to: new Date(to).toISOString(), codes: { ...codes } };
  }

  told(): void {
    this.count = 0;
    this.codes = {};
  }
}
