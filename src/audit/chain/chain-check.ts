import type { AuditKeys } from './audit-keys';
import { GENESIS, type SealedRecord } from './audit-record';
import type { Finding } from './finding';

/** After which event a stream goes on. */
export interface Place {
  readonly seq: number;
  readonly mac: string;
}

interface Reached extends Place {
  /** Not edited: what follows can be held against it. */
  readonly isGenuine: boolean;
}

const BEGINNING: Reached = { seq: 0, mac: GENESIS, isGenuine: true };

/** Looks at the events of any number of streams, each in order, and tells what is not as it was written down. */
export class ChainCheck {
  private readonly reached = new Map<string, Reached>();

  constructor(
    private readonly keys: AuditKeys,
    /** Where streams go on whose beginning was dropped. */
    starts: Iterable<readonly [stream: string, place: Place]>,
    private readonly report: (finding: Finding) => void,
  ) {
    for (const [stream, place] of starts) this.reached.set(stream, { ...place, isGenuine: true });
  }

  /** Where a stream has come to; 0: nothing of it was there. */
  seqOf(stream: string): number {
    return this.reached.get(stream)?.seq ?? 0;
  }

  /** Answers whether it is what was written down, wherever it stands. */
  add(record: SealedRecord): boolean {
    const { stream, seq, at, code, mac, prev } = record;
    const before = this.reached.get(stream) ?? BEGINNING;
    const isGenuine = this.keys.isGenuine(record);
    if (!isGenuine) this.report({ kind: 'edited', stream, seq, at, code });
    if (seq <= before.seq) {
      this.report({ kind: 'repeated', stream, seq, at, code });
      return isGenuine;
    }
    if (seq > before.seq + 1) this.report({ kind: 'missing', stream, seq: before.seq + 1, to: seq - 1 });
    else if (isGenuine && before.isGenuine && prev !== before.mac)
      this.report({ kind: 'misplaced', stream, seq, at, code });
    this.reached.set(stream, { seq, mac, isGenuine });
    return isGenuine;
  }
}
