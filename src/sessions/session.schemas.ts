import { MAX_CELLS } from '@holdfast/protocol';
import { z } from 'zod';
import { pageQuerySchema } from '../infrastructure/http/page';

const MAX_NAME_CHARACTERS = 100;
/** What one REST request may type; longer input belongs on a WebSocket. */
const MAX_INPUT_CHARACTERS = 64 * 1024;

const cells = z.number().int().min(1).max(MAX_CELLS);
const byteOffset = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

export const listSessionsSchema = pageQuerySchema.extend({
  projectId: z.string().max(128).optional(),
  status: z.enum(['running', 'ended']).optional(),
});

export const changeSessionSchema = z
  .object({ name: z.string().trim().max(MAX_NAME_CHARACTERS).nullable(), keep: z.boolean() })
  .partial();

export const sizeSchema = z.object({ cols: cells, rows: cells });

export const inputSchema = z.object({ data: z.string().min(1).max(MAX_INPUT_CHARACTERS) });

export const outputQuerySchema = z.object({
  from: byteOffset.optional(),
  to: byteOffset.optional(),
  epoch: z.string().max(128).optional(),
});

export const sessionSchema = z.object({
  id: z.string(),
  projectId: z.string(),
  ownerId: z.string(),
  gateway: z.enum(['terminal', 'claude']),
  profile: z.string(),
  name: z.string().nullable(),
  title: z.string(),
  status: z.enum(['starting', 'running', 'ended']),
  endReason: z.string().nullable(),
  exitCode: z.number().nullable(),
  signal: z.string().nullable(),
  cols: z.number(),
  rows: z.number(),
  epoch: z.string().nullable(),
  keep: z.boolean(),
  /** Viewers now, on every gateway. */
  attachments: z.number(),
  /** Bytes of output so far, and the oldest one that is held. */
  outputStart: z.number(),
  outputEnd: z.number(),
  cwd: z.string(),
  createdAt: z.iso.datetime(),
  lastActivityAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
  /** Why it is still there, and until when. */
  lifetime: z.object({
    state: z.enum(['watched', 'kept', 'active', 'idle', 'ended']),
    because: z.string(),
    viewers: z.number(),
    /** Since somebody watched or something was printed, whichever was later. */
    idleSeconds: z.number(),
    /** When it is ended; of an ended one, removed. */
    expiresAt: z.iso.datetime().nullable(),
  }),
});

export const sessionDetailsSchema = sessionSchema.extend({
  /** Its processes so far whose output is held, the current one last. */
  epochs: z.array(
    z.object({
      epoch: z.string(),
      epochNumber: z.number(),
      start: z.number(),
      end: z.number(),
      createdAt: z.iso.datetime(),
      endedAt: z.iso.datetime().nullable(),
    }),
  ),
});

export type SessionDetails = z.output<typeof sessionDetailsSchema>;
export type SessionView = z.output<typeof sessionSchema>;
