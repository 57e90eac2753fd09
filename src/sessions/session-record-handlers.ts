import type { z } from 'zod';
import type { OutboxHandler, Transaction } from '../infrastructure/outbox/outbox-handler';
import type { OutboxRecord } from '../infrastructure/outbox/record';
import {
  activityRecordSchema,
  eventRecordSchema,
  RecordKind,
  type StateRecord,
  stateRecordSchema,
} from './session-records';

/** Events of one session; the oldest go first. */
export const MAX_EVENTS_PER_SESSION = 1_000;

/*
 * Each statement takes a batch of records and may take it again: what is not newer changes nothing, and a session that is not
 * there – deleted, or never made – is passed over.
 */

const STATES = `
  UPDATE sessions AS s
  SET status = v.status, state_version = v.version, epoch = coalesce(v.epoch, s.epoch), host_id = v.host_id,
      host_incarnation = coalesce(v.incarnation, s.host_incarnation), end_reason = v.end_reason, exit_code = v.exit_code,
      signal = v.signal, ended_at = v.ended_at, updated_at = now(), version = s.version + 1
  FROM (
    SELECT DISTINCT ON (key) *
    FROM unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::text[], $6::int[], $7::text[], $8::int[], $9::text[],
                $10::timestamptz[])
      AS r (key, version, status, epoch, host_id, incarnation, end_reason, exit_code, signal, ended_at)
    ORDER BY key, version DESC
  ) AS v
  WHERE s.storage_key = v.key AND s.state_version < v.version`;

const ACTIVITIES = `
  UPDATE sessions AS s
  SET title = CASE WHEN v.title IS NOT NULL AND coalesce(s.title_at < v.title_at, true) THEN v.title ELSE s.title END,
      title_at = CASE WHEN v.title IS NOT NULL THEN greatest(s.title_at, v.title_at) ELSE s.title_at END,
      last_activity_at = greatest(s.last_activity_at, v.last_activity_at)
  FROM (
    SELECT key, max(last_activity_at) AS last_activity_at, max(title_at) FILTER (WHERE title IS NOT NULL) AS title_at,
           (array_agg(title ORDER BY title_at DESC) FILTER (WHERE title IS NOT NULL))[1] AS title
    FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[]) AS r (key, title, title_at, last_activity_at)
    GROUP BY key
  ) AS v
  WHERE s.storage_key = v.key`;

/** The lock keeps a session from being deleted before its event is in. */
const EVENTS = `
  INSERT INTO session_events (id, storage_key, at, kind, data)
  SELECT v.id, v.key, v.at, v.kind, v.data
  FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[], $5::jsonb[]) AS v (id, key, at, kind, data)
  JOIN sessions AS s ON s.storage_key = v.key
  FOR KEY SHARE OF s
  ON CONFLICT (id) DO NOTHING`;

const PRUNE_EVENTS = `
  DELETE FROM session_events AS e
  USING (
    SELECT k.key, newest.at, newest.id
    FROM unnest($1::text[]) AS k (key)
    CROSS JOIN LATERAL (
      SELECT at, id FROM session_events WHERE storage_key = k.key ORDER BY at DESC, id DESC OFFSET $2 LIMIT 1
    ) AS newest
  ) AS surplus
  WHERE e.storage_key = surplus.key AND (e.at, e.id) <= (surplus.at, surplus.id)`;

async function applyStates(transaction: Transaction, records: readonly OutboxRecord[]): Promise<void> {
  const states = records.map((record) => parse(stateRecordSchema, record));
  const column = <K extends keyof StateRecord>(name: K): StateRecord[K][] => states.map((state) => state[name]);
  await transaction.query(STATES, [
    column('key'),
    column('version'),
    column('status'),
    column('epoch'),
    column('hostId'),
    column('incarnation'),
    column('endReason'),
    column('exitCode'),
    column('signal'),
    column('endedAt').map(timestamp),
  ]);
}

async function applyActivities(transaction: Transaction, records: readonly OutboxRecord[]): Promise<void> {
  const activities = records.map((record) => parse(activityRecordSchema, record));
  await transaction.query(ACTIVITIES, [
    activities.map(({ key }) => key),
    activities.map(({ title }) => title),
    activities.map(({ titleAt }) => timestamp(titleAt)),
    activities.map(({ lastActivityAt }) => timestamp(lastActivityAt)),
  ]);
}

async function applyEvents(transaction: Transaction, records: readonly OutboxRecord[]): Promise<void> {
  const events = records.map((record) => ({ id: record.id, ...parse(eventRecordSchema, record) }));
  await transaction.query(EVENTS, [
    events.map(({ id }) => id),
    events.map(({ key }) => key),
    events.map(({ at }) => timestamp(at)),
    events.map(({ kind }) => kind),
    events.map(({ data }) => JSON.stringify(data)),
  ]);
  await transaction.query(PRUNE_EVENTS, [[...new Set(events.map(({ key }) => key))], MAX_EVENTS_PER_SESSION]);
}

/** How each kind of record about sessions becomes rows. */
export const SESSION_RECORD_HANDLERS: Readonly<Record<(typeof RecordKind)[keyof typeof RecordKind], OutboxHandler>> = {
  [RecordKind.state]: applyStates,
  [RecordKind.activity]: applyActivities,
  [RecordKind.event]: applyEvents,
};

function parse<S extends z.ZodType>(schema: S, { payload }: OutboxRecord): z.output<S> {
  return schema.parse(payload);
}

function timestamp(unixMs: number | null): string | null {
  return unixMs === null ? null : new Date(unixMs).toISOString();
}
