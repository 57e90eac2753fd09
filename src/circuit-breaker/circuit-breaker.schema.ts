import { z } from 'zod';

const stateSchema = z.enum(['closed', 'open', 'half-open']);

/** A breaker as REST shows it. */
export const circuitBreakerSchema = z.object({
  name: z.string().describe('A dependency, or `${sessionId}:${projectId}`.'),
  state: stateSchema,
  failures: z.number(),
  openedAt: z.number().nullable().describe('Unix milliseconds.'),
  retryAfterMs: z.number(),
  transitions: z.array(z.object({ to: stateSchema, at: z.number() })),
});
