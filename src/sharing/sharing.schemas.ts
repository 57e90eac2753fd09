import { z } from 'zod';

/** Longer than a week is a membership. */
export const MAX_SHARE_SECONDS = 7 * 24 * 3600;
const MIN_SHARE_SECONDS = 60;
const MAX_LABEL = 100;
/** More people than that at one terminal is a broadcast. */
const MAX_USES = 1000;
/** A watch is for looking at something now. */
const MAX_WATCH_SECONDS = 3600;
const DEFAULT_WATCH_SECONDS = 1800;

const accessSchema = z.enum(['view', 'request-write']);

export const newShareSchema = z.strictObject({
  access: accessSchema,
  expiresInSeconds: z.number().int().min(MIN_SHARE_SECONDS).max(MAX_SHARE_SECONDS),
  maxUses: z
    .number()
    .int()
    .min(1)
    .max(MAX_USES)
    .optional()
    .describe('People who may come in; the same one counts once.'),
  label: z.string().trim().min(1).max(MAX_LABEL).optional(),
});

export const shareSchema = z.object({
  id: z.uuid(),
  access: accessSchema,
  label: z.string().nullable(),
  maxUses: z.number().nullable(),
  uses: z.number(),
  createdBy: z.uuid(),
  createdAt: z.string(),
  expiresAt: z.string(),
});

export const madeShareSchema = shareSchema.extend({
  token: z.string().describe('Told once; the server keeps a hash.'),
  url: z.string().describe('To be put behind the address of the server. What follows # is never sent to it.'),
});

export const shareListSchema = z.object({ items: z.array(shareSchema), nextCursor: z.null() });

export const redeemSchema = z.strictObject({ token: z.string().min(1).max(128) });

export const sharedSessionSchema = z.object({
  shareId: z.uuid(),
  sessionId: z.string(),
  projectId: z.string(),
  name: z.string().nullable(),
  title: z.string(),
  access: z.enum(['view', 'request-write', 'watch']),
  expiresAt: z.string(),
});

export const sharedListSchema = z.object({ items: z.array(sharedSessionSchema), nextCursor: z.null() });

export const viewerListSchema = z.object({
  items: z.array(
    z.object({
      user: z.object({ id: z.uuid(), email: z.string() }),
      role: z.enum(['writer', 'viewer']),
      since: z.number().describe('Unix milliseconds.'),
    }),
  ),
  nextCursor: z.null(),
});

export const newWatchSchema = z.strictObject({
  seconds: z.number().int().min(1).max(MAX_WATCH_SECONDS).default(DEFAULT_WATCH_SECONDS),
});

export const watchSchema = z.object({ sessionId: z.string(), projectId: z.string(), expiresAt: z.string() });

export type Share = z.output<typeof shareSchema>;
export type MadeShareView = z.output<typeof madeShareSchema>;
export type SharedSessionView = z.output<typeof sharedSessionSchema>;
