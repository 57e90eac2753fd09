import { CLAUDE_STATES, MAX_CELLS } from '@holdfast/protocol';
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

const claudeChangeSchema = z.object({
  autoContinue: z.boolean().describe('Go on by itself with what a crash or a restart interrupts.'),
});

export const changeSessionSchema = z
  .object({
    name: z.string().trim().max(MAX_NAME_CHARACTERS).nullable(),
    keep: z.boolean(),
    claude: claudeChangeSchema.describe('Of Claude sessions only.'),
  })
  .partial();

/** Beside what every session has. */
export const claudeViewSchema = z.object({
  state: z.enum(CLAUDE_STATES).describe('hibernated: it has no process; opening it goes on with the conversation.'),
  since: z.iso.datetime(),
  until: z.iso.datetime().optional(),
  tool: z.string().optional(),
  kind: z.string().optional(),
  message: z.string().optional(),
  needsMe: z.boolean(),
  interrupted: z.boolean().describe('Its process ended in the middle of work, and nobody has said what becomes of it.'),
  autoContinue: z.boolean(),
});

export const sizeSchema = z.object({ cols: cells, rows: cells });

const inputText = z.string().min(1).max(MAX_INPUT_CHARACTERS);

/** `data` is a keyboard: sent as it is. `paste` is a text, and cannot become keys. */
export const inputSchema = z
  .object({ data: inputText, paste: inputText })
  .partial()
  .refine(({ data, paste }) => (data === undefined) !== (paste === undefined), { error: 'send either data or paste' });

export const inputAnswerSchema = z.object({
  bytes: z.number(),
  /** Of a paste: newlines in it; whether each was an Enter, because the program did not ask for bracketed paste; what was left out. */
  newlines: z.number().optional(),
  ranLines: z.boolean().optional(),
  removed: z.number().optional(),
});

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
    state: z.enum(['watched', 'kept', 'active', 'idle', 'hibernated', 'ended']),
    because: z.string(),
    viewers: z.number(),
    /** Since somebody watched or something was printed, whichever was later. */
    idleSeconds: z.number(),
    /** When it is ended or hibernated; of an ended one, removed. */
    expiresAt: z.iso.datetime().nullable(),
  }),
  claude: claudeViewSchema.optional().describe('Of Claude sessions.'),
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

export const sessionPageSchema = z.object({
  items: z.array(sessionSchema),
  nextCursor: z.string().nullable(),
  degraded: z.literal(true).optional().describe('The database is away: these are sessions of this node.'),
});

export const screenSchema = z.object({
  offset: z.number().describe('Of the output that is on it.'),
  lines: z.array(z.string()),
  cursor: z.object({ x: z.number(), y: z.number() }),
  bracketedPaste: z.boolean().describe('Whether the program marks pastes, so that their lines are not commands.'),
});

export type SessionDetails = z.output<typeof sessionDetailsSchema>;
export type SessionView = z.output<typeof sessionSchema>;
export type ClaudeSessionView = z.output<typeof claudeViewSchema>;
export type ClaudeSessionChange = z.output<typeof claudeChangeSchema>;
