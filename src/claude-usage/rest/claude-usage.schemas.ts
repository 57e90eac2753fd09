import { z } from 'zod';
import { DomainError } from '../../kernel/domain-error';
import { USAGE_GROUPS } from '../ledger/ledger-totals';

const MAX_ID = 128;
const DAY_MS = 86_400_000;
/** Of one report: as long as usage is kept by default. */
const MAX_DAYS = 400;

const rangeSchema = {
  from: z.iso.date().optional().describe('First day, in UTC; today when it is missing.'),
  to: z.iso.date().optional().describe('Last day; today when it is missing.'),
};

export const ownUsageQuerySchema = z.object({
  ...rangeSchema,
  by: z.enum(['day', 'project', 'session', 'model']).default('day'),
});

export const usageQuerySchema = z.object({
  ...rangeSchema,
  by: z.enum(USAGE_GROUPS).default('user'),
  userId: z.uuid().optional(),
  projectId: z.string().max(MAX_ID).optional(),
  format: z.enum(['json', 'csv']).default('json'),
});

const sums = {
  requests: z.number(),
  inputTokens: z.number(),
  outputTokens: z.number(),
  cacheReadTokens: z.number(),
  cacheWriteTokens: z.number(),
  costUsd: z.number().describe('By the price table of this server: an estimate.'),
};
const usageReport = {
  from: z.string(),
  to: z.string(),
  total: z.object(sums),
  items: z
    .array(
      z.object({
        key: z.string().describe('The day, or the id of what it is grouped by.'),
        name: z.string().nullable(),
        projectId: z.string().nullable(),
        ...sums,
      }),
    )
    .describe('Days newest first, everything else dearest first.'),
};
const limitSchema = z.object({
  limitUsd: z.number().nullable().describe('Null: no limit.'),
  usedUsd: z.number(),
  resetsAt: z.iso.datetime(),
});

export const usageReportSchema = z.object({ ...usageReport, budget: limitSchema.describe('Of everybody, today.') });
export const ownUsageReportSchema = z.object({ ...usageReport, budget: limitSchema.describe("The caller's, today.") });
export type UsageReport = z.output<typeof usageReportSchema>;

/** Throws `bad_request`. */
export function daysOf({ from, to }: { from?: string; to?: string }, today: string): { from: string; to: string } {
  const last = to ?? (from !== undefined && from > today ? from : today);
  const first = from ?? last;
  const days = (Date.parse(last) - Date.parse(first)) / DAY_MS;
  if (days >= 0 && days < MAX_DAYS) return { from: first, to: last };
  throw new DomainError('bad_request', `"from" has to be before "to", and at most ${MAX_DAYS} days before.`);
}

export const availabilitySchema = z.object({
  available: z.boolean(),
  reason: z.string().nullable().describe('Why not, and what to do.'),
  version: z.string().nullable().describe('Of the Claude Code CLI.'),
  weaker: z.string().nullable().describe('What the way in which sessions are confined here cannot keep.'),
  keyPresent: z.boolean().describe('Whether the server has a key for the Claude API.'),
  models: z.array(z.string()).describe('Which may be used, * being any part of a name; none = all.'),
  breaker: z.enum(['closed', 'open', 'half-open']).nullable().describe('Null: nobody knows at the moment.'),
  waiting: z.number().describe('Requests of everybody that wait for their turn.'),
});
export type Availability = z.output<typeof availabilitySchema>;
