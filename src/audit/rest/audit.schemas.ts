import { z } from 'zod';
import { pageQuerySchema } from '../../infrastructure/http/page';

const OUTCOMES = ['ok', 'refused', 'failed'] as const;
const time = z.iso.datetime({ offset: true });
/** No NUL above all, which no text in PostgreSQL holds: an export would break off instead of being refused. */
const PLAIN = /^\P{Cc}*$/u;
const name = z.string().max(320).regex(PLAIN, 'must not contain control characters');

/** Which events: all that is given must hold. */
export const auditFilterSchema = z.object({
  code: z
    .string()
    .regex(/^[a-z][a-z.-]{0,62}\*?$/, 'a code, or its beginning and a star: auth.*')
    .optional(),
  actor: name.describe('Id or e-mail address of a user.').optional(),
  target: name.describe('An id, or its kind, a colon and the id: session:session_…').optional(),
  outcome: z.enum(OUTCOMES).optional(),
  from: time.describe('ISO 8601; this time included.').optional(),
  to: time.describe('ISO 8601; this time excluded.').optional(),
});
export type AuditFilter = z.output<typeof auditFilterSchema>;

export const auditQuerySchema = auditFilterSchema.extend(pageQuerySchema.shape);
export type AuditQuery = z.output<typeof auditQuerySchema>;

const text = z.string().nullable();

export const auditEventSchema = z.object({
  stream: z.string().describe('One life of one server process.'),
  seq: z.number().describe('1, 2, 3 … in its stream.'),
  at: z.string(),
  node: z.string(),
  code: z.string(),
  outcome: z.enum(OUTCOMES),
  reason: text,
  actor: z.object({ userId: text, email: text, role: text, loginId: text }),
  source: z.object({ ip: text, userAgent: text, requestId: text }),
  target: z.object({ kind: z.string(), id: z.string() }).nullable(),
  data: z.record(z.string(), z.unknown()),
  mac: z.string().describe('Of this event and the one before.'),
});
export type AuditEventView = z.output<typeof auditEventSchema>;
export const auditPageSchema = z.object({ items: z.array(auditEventSchema), nextCursor: z.string().nullable() });
