import type { AuditOutcome } from '../audit-log';
import type { SealedRecord } from '../chain/audit-record';

/** A row of `audit_events` as the driver gives it. */
export interface AuditRow {
  /** A bigint, as text. */
  readonly seq: string;
  readonly stream: string;
  readonly at: Date;
  readonly node: string;
  readonly code: string;
  readonly outcome: string;
  readonly reason: string | null;
  readonly actor_id: string | null;
  readonly actor_email: string | null;
  readonly actor_role: string | null;
  readonly login_id: string | null;
  readonly ip: string | null;
  readonly user_agent: string | null;
  readonly request_id: string | null;
  readonly target_kind: string | null;
  readonly target_id: string | null;
  readonly data: Readonly<Record<string, unknown>>;
  readonly prev: string;
  readonly mac: string;
}

export const AUDIT_COLUMNS =
  'stream, seq, at, node, code, outcome, reason, actor_id, actor_email, actor_role, login_id, ip, user_agent, ' +
  'request_id, target_kind, target_id, data, prev, mac';

/** What was sealed, as the columns have it now. */
export function recordOf(row: AuditRow): SealedRecord {
  return {
    stream: row.stream,
    seq: Number(row.seq),
    at: row.at.toISOString(),
    node: row.node,
    code: row.code,
    outcome: row.outcome as AuditOutcome,
    reason: row.reason,
    actorId: row.actor_id,
    actorEmail: row.actor_email,
    actorRole: row.actor_role,
    loginId: row.login_id,
    ip: row.ip,
    userAgent: row.user_agent,
    requestId: row.request_id,
    targetKind: row.target_kind,
    targetId: row.target_id,
    data: row.data,
    prev: row.prev,
    mac: row.mac,
  };
}
