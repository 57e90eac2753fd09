import { z } from 'zod';
import { pageQuerySchema } from '../../infrastructure/http/page';
import { MAX_REASON } from '../../sharing/company-message';
import { sessionDetailsSchema, sessionSchema } from '../../sessions/session.schemas';

const MAX_SEARCH = 200;
const MAX_ID = 128;

export const searchSessionsSchema = pageQuerySchema.extend({
  q: z.string().max(MAX_SEARCH).optional().describe('Part of the id, the name or the title.'),
  ownerId: z.uuid().optional(),
  projectId: z.string().max(MAX_ID).optional(),
  node: z.string().max(MAX_ID).optional().describe('Name of the node its process runs on.'),
  gateway: z.enum(['terminal', 'claude']).optional(),
  status: z.enum(['running', 'ended']).optional(),
});
export type SessionSearch = z.output<typeof searchSessionsSchema>;

/** An id is unique within a project only: a name, not a permission, and whoever chose it chose it freely. */
export const whichSessionSchema = z.object({
  projectId: z.string().max(MAX_ID).optional().describe('Needed when sessions of several projects have this id.'),
});

export const reasonSchema = z.strictObject({
  reason: z
    .string()
    .trim()
    .min(1)
    .max(MAX_REASON)
    .regex(/^[^\p{Cc}\p{Cf}\u2028\u2029]*$/u, 'must be one line of plain text')
    .describe('The users of the session see it.'),
});

const whoSchema = { ownerEmail: z.string(), node: z.string().nullable() };
export const adminSessionSchema = sessionSchema.extend(whoSchema);
export const adminSessionDetailsSchema = sessionDetailsSchema.extend(whoSchema);
export const adminSessionPageSchema = z.object({
  items: z.array(adminSessionSchema),
  nextCursor: z.string().nullable(),
});
export type AdminSessionView = z.output<typeof adminSessionSchema>;
export type AdminSessionDetails = z.output<typeof adminSessionDetailsSchema>;
