import { CLAUDE_STATES, MAX_CLAUDE_MESSAGE } from '@holdfast/protocol';
import { z } from 'zod';
import { claudePermissionSchema } from '../records/claude-record';

/** Questions that are asked at once, and what is said to each. */
const MAX_ANSWERS = 16;

export const listClaudeSessionsSchema = z.object({
  needsMe: z.enum(['true', 'false']).optional(),
});

export const claudeSessionSchema = z.object({
  sessionId: z.string(),
  projectId: z.string(),
  name: z.string(),
  state: z.enum(CLAUDE_STATES),
  since: z.number().describe('Unix milliseconds.'),
  until: z.number().optional(),
  tool: z.string().optional(),
  kind: z.string().optional(),
  message: z.string().optional(),
  needsMe: z.boolean(),
  summary: z.string().optional(),
  permissions: z
    .array(claudePermissionSchema)
    .optional()
    .describe('What it asks. Absent: the session is on another node.'),
});
export type ClaudeSessionView = z.output<typeof claudeSessionSchema>;

export const claudeSessionListSchema = z.object({ items: z.array(claudeSessionSchema), nextCursor: z.null() });

const words = z.string().max(MAX_CLAUDE_MESSAGE);

export const permissionAnswerSchema = z.object({
  decision: z.enum(['allow', 'deny']),
  message: words.optional(),
  remember: z.boolean().optional(),
  answers: z
    .record(words, words)
    .refine((answers) => Object.keys(answers).length <= MAX_ANSWERS, { error: `at most ${MAX_ANSWERS}` })
    .optional(),
});

export const permissionAnsweredSchema = z.object({
  permissionId: z.string(),
  sessionId: z.string(),
  decision: z.enum(['allow', 'deny']),
});
