import type { AuditKeys } from '../chain/audit-keys';
import type { Place } from '../chain/chain-check';
import type { Finding } from '../chain/finding';

/** Stands for the events of one stream in one month that were dropped. */
export interface RetainedCheckpoint {
  readonly stream: string;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly lastMac: string;
  /** Its first day. */
  readonly month: string;
  /** ISO 8601 with milliseconds. */
  readonly madeAt: string;
}

export interface RetainedCheckpointRow {
  readonly stream: string;
  readonly first_seq: string;
  readonly last_seq: string;
  readonly last_mac: string;
  readonly month: string;
  readonly made_at: Date;
  readonly signature: string;
}

/** In the order in which `placesAfter` wants them. A date as text: as a Date it would be one of the local time zone. */
export const SELECT_CHECKPOINTS = `
  SELECT stream, first_seq, last_seq, last_mac, to_char(month, 'YYYY-MM-DD') AS month, made_at, signature
  FROM audit_checkpoints ORDER BY stream, first_seq`;

/** Where each stream goes on after what was dropped of it. Checkpoints that are not ours are told, and do not count. */
export function placesAfter(
  rows: readonly RetainedCheckpointRow[],
  keys: AuditKeys,
  report: (finding: Finding) => void,
): Map<string, Place> {
  const places = new Map<string, Place>();
  for (const row of rows) {
    const { signature, ...checkpoint } = checkpointOf(row);
    const { stream, firstSeq, lastSeq, lastMac } = checkpoint;
    const follows = firstSeq === (places.get(stream)?.seq ?? 0) + 1 && lastSeq >= firstSeq;
    if (follows && keys.isSigned('checkpoint', checkpoint, signature))
      places.set(stream, { seq: lastSeq, mac: lastMac });
    else report({ kind: 'forged-checkpoint', stream, seq: firstSeq });
  }
  return places;
}

function checkpointOf(row: RetainedCheckpointRow): RetainedCheckpoint & { readonly signature: string } {
  return {
    stream: row.stream,
    firstSeq: Number(row.first_seq),
    lastSeq: Number(row.last_seq),
    lastMac: row.last_mac,
    month: row.month,
    madeAt: row.made_at.toISOString(),
    signature: row.signature,
  };
}
