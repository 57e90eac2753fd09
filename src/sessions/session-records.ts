import { z } from 'zod';

const time = z.number();

/** How a session stands, and by what it is newer than another word about that. */
export const stateRecordSchema = z.object({
  key: z.string(),
  /** See `SessionEntity.stateVersion`. */
  version: z.number().int().positive(),
  status: z.enum(['running', 'ended']),
  epoch: z.string().nullable(),
  hostId: z.string(),
  incarnation: z.number().int().nullable(),
  endReason: z.string().nullable(),
  exitCode: z.number().int().nullable(),
  signal: z.string().nullable(),
  endedAt: time.nullable(),
});
export type StateRecord = z.output<typeof stateRecordSchema>;

/** What the program calls itself, and when it last said something. */
export const activityRecordSchema = z.object({
  key: z.string(),
  /** Null: only the activity is told. */
  title: z.string().nullable(),
  titleAt: time,
  lastActivityAt: time,
});
export type ActivityRecord = z.output<typeof activityRecordSchema>;

export const eventRecordSchema = z.object({
  key: z.string(),
  at: time,
  kind: z.string(),
  data: z.record(z.string(), z.unknown()),
});
export type EventRecord = z.output<typeof eventRecordSchema>;

/** Kinds of outbox records. A kind is never given another meaning: records of an earlier version may still wait. */
export const RecordKind = {
  state: 'session.state',
  activity: 'session.activity',
  event: 'session.event',
} as const;
