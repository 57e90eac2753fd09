import { z } from 'zod';

const MIN_CHARACTERS = 2;
/** A line of an error message; longer ones only cost. */
const MAX_CHARACTERS = 200;
const MAX_PAGE = 100;
const DEFAULT_PAGE = 20;

export const searchQuerySchema = z.object({
  q: z
    .string()
    .min(MIN_CHARACTERS)
    .max(MAX_CHARACTERS)
    .regex(/^\P{Cc}*$/u, 'must not contain control characters; a match is within one line'),
  projectId: z.string().max(128).optional(),
  sessionId: z.string().max(128).optional(),
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(DEFAULT_PAGE),
  cursor: z.string().max(1024).optional(),
});

export type SearchQuery = z.output<typeof searchQuerySchema>;

export const searchHitSchema = z.object({
  sessionId: z.string(),
  projectId: z.string(),
  sessionName: z.string().nullable(),
  title: z.string(),
  epoch: z.string(),
  /** Where the line starts in the transcript: `GET …/output?from=`. */
  offset: z.number(),
  line: z.string(),
  before: z.array(z.string()),
  after: z.array(z.string()),
  /** In UTF-16 units of `line`; the first match in it. */
  matchStart: z.number(),
  matchEnd: z.number(),
  /** When it was said, to the second or so. */
  at: z.iso.datetime(),
});

export const searchPageSchema = z.object({ items: z.array(searchHitSchema), nextCursor: z.string().nullable() });

export type SearchHit = z.output<typeof searchHitSchema>;
