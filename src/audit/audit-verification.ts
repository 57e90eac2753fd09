import type { AuditKeys } from './chain/audit-keys';
import { isStreamName, type SealedRecord, type StreamHead } from './chain/audit-record';
import { ChainCheck } from './chain/chain-check';
import type { Finding } from './chain/finding';
import { type Query, readRows } from './table/read-rows';
import { placesAfter, type RetainedCheckpointRow, SELECT_CHECKPOINTS } from './table/retained-checkpoint';

export interface AuditVerification {
  readonly events: number;
  readonly streams: number;
  /** Events that were dropped by retention, with a signed checkpoint. */
  readonly dropped: number;
  readonly findings: number;
}

export interface VerifyAuditOptions {
  /** In a transaction that sees one state: the log goes on growing, and months may be dropped. */
  readonly query: Query;
  readonly keys: AuditKeys;
  /** From elsewhere, and read before the transaction began: how far streams were seen to go. */
  readonly heads: readonly StreamHead[];
  readonly report: (finding: Finding) => void;
}

/** Goes through the whole table, whatever it takes, with memory for the streams and not for the events. */
export async function verifyAudit({ query, keys, heads, report }: VerifyAuditOptions): Promise<AuditVerification> {
  let [events, findings] = [0, 0];
  const tell = (finding: Finding): void => {
    findings++;
    report(finding);
  };
  const places = placesAfter(await query<RetainedCheckpointRow>(SELECT_CHECKPOINTS), keys, tell);
  const check = new ChainCheck(keys, places, tell);
  const expected = new Map<string, number>();
  const expect = ({ stream, seq }: Pick<StreamHead, 'stream' | 'seq'>): void => {
    expected.set(stream, Math.max(seq, expected.get(stream) ?? 0));
  };
  for (const head of heads) expect(head);
  const streams = new Set<string>();
  for await (const record of readRows(query)) {
    events++;
    streams.add(record.stream);
    // What an edited checkpoint says of other streams is the editor's word.
    if (check.add(record)) for (const head of headsTold(record)) expect(head);
  }
  for (const [stream, seq] of expected) {
    const reached = check.seqOf(stream);
    if (seq > reached) tell({ kind: 'cut', stream, seq: reached + 1, to: seq });
  }
  const dropped = [...places.values()].reduce((sum, { seq }) => sum + seq, 0);
  return { events, streams: streams.size, dropped, findings };
}

/** In a checkpoint event: where the streams stood then. */
function headsTold({ code, data }: SealedRecord): Pick<StreamHead, 'stream' | 'seq'>[] {
  const heads = data['heads'];
  if (code !== 'audit.checkpoint' || !Array.isArray(heads)) return [];
  return heads.filter(isHead);
}

function isHead(value: unknown): value is Pick<StreamHead, 'stream' | 'seq'> {
  if (typeof value !== 'object' || value === null || !('stream' in value) || !('seq' in value)) return false;
  return typeof value.stream === 'string' && isStreamName(value.stream) && Number.isSafeInteger(value.seq);
}

const HEAD_LINE = /\bhead ([A-Za-z0-9_-][A-Za-z0-9._-]{0,127}) (\d{1,15}) ([\w-]{43})\b/g;

/** The heads that lines of a server's log tell of. */
export function headsInLog(text: string): StreamHead[] {
  return [...text.matchAll(HEAD_LINE)].map(([, stream = '', seq, mac = '']) => ({ stream, seq: Number(seq), mac }));
}
