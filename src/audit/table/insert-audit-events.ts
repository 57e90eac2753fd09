import type { OutboxHandler } from '../../infrastructure/outbox/outbox-handler';
import type { SealedRecord } from '../chain/audit-record';
import { AUDIT_COLUMNS } from './audit-row';

/** A partition must be there before its first row; it is made by the owner of the table, not by the role that writes. */
const ENSURE_MONTHS = `SELECT audit_ensure_month(month) FROM unnest($1::date[]) AS months (month)`;
/** For the rest of this transaction, where the installation has that role: it can add rows and nothing else. */
const BECOME_WRITER = `SELECT audit_become_writer()`;
const BECOME_ONESELF = `SELECT audit_become_oneself()`;

/** The same record again – from a process that was killed before it noted how far it was – changes nothing. */
const INSERT = `
  INSERT INTO audit_events (${AUDIT_COLUMNS})
  SELECT stream, seq, at, node, code, outcome, reason, "actorId", "actorEmail", "actorRole", "loginId", ip, "userAgent",
         "requestId", "targetKind", "targetId", data, prev, mac
  FROM jsonb_to_recordset($1::jsonb) AS r (
    stream text, seq bigint, at timestamptz, node text, code text, outcome text, reason text, "actorId" text,
    "actorEmail" text, "actorRole" text, "loginId" text, ip text, "userAgent" text, "requestId" text, "targetKind" text,
    "targetId" text, data jsonb, prev text, mac text
  )
  ON CONFLICT (stream, seq, at) DO NOTHING`;

/** Brings events to PostgreSQL. They were sealed by the process that saw them; this one may be another. */
export const insertAuditEvents: OutboxHandler = async (transaction, records) => {
  const events = records.map(({ payload }) => payload as SealedRecord);
  await transaction.query(ENSURE_MONTHS, [[...new Set(events.map(({ at }) => monthOf(at)))]]);
  await transaction.query(BECOME_WRITER);
  await transaction.query(INSERT, [JSON.stringify(events)]);
  await transaction.query(BECOME_ONESELF);
};

/** Its first day. */
export function monthOf(at: string): string {
  return `${at.slice(0, 7)}-01`;
}
