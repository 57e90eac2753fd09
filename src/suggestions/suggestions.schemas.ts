import { z } from 'zod';

/** What fits on a command line that somebody looks at. */
const MAX_LINE = 2_000;
const MAX_ID = 200;

export const questionSchema = z.strictObject({
  sessionId: z.string().min(1).max(MAX_ID),
  line: z.string().max(MAX_LINE).default('').describe('What stands at the prompt now.'),
  includeOutput: z
    .boolean()
    .default(false)
    .describe('Also send the last lines that the last command printed, if it failed.'),
});

export const consentSchema = z.strictObject({ on: z.boolean() });

export const suggestionStatusSchema = z.object({
  allowed: z.boolean().describe('By an administrator.'),
  on: z.boolean().describe('By the caller, for themselves.'),
  model: z.string(),
});
export type SuggestionStatus = z.output<typeof suggestionStatusSchema>;
