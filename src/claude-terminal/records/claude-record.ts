import {
  CLAUDE_STATES,
  type ClaudeDecision,
  type ClaudeNotice,
  type ClaudePermission,
  type ClaudeState,
  type ClaudeUsage,
  type Person,
} from '@holdfast/protocol';
import { z } from 'zod';

/** A permission with what only the server needs of it. */
export interface PendingPermission extends ClaudePermission {
  /** The same for the hooks that tell how the tool ended. */
  readonly match: string;
}

export interface AnsweredPermission {
  readonly id: string;
  readonly decision: ClaudeDecision;
  readonly by: Person;
}

/** What the CLI does with the turn of its conversation. */
export type ClaudeTurn =
  | { readonly name: 'waiting' }
  | { readonly name: 'working'; readonly tool?: string }
  | { readonly name: 'error'; readonly kind: string; readonly message?: string };

/** What is known from each source. The state of a session follows from these, and from what it asks. Times: Unix milliseconds. */
export interface ClaudeSigns {
  readonly turn: ClaudeTurn;
  /** The API gateway holds the turn up. */
  readonly api?: { readonly name: 'rate_limited' | 'api_down'; readonly until?: number };
  readonly over?: 'exited' | 'hibernated';
  /** The CLI says that it asks something, and no hook told what. */
  readonly asksUnseen: boolean;
  /** When a hook last told what the CLI does: what its file said before is old. */
  readonly hookAt: number;
  /** When something it asked was last answered. */
  readonly answeredAt: number;
  readonly title?: { readonly glyph: 'working' | 'idle'; readonly at: number };
}

/** What is known of one Claude session, on the machine where its conversation is. */
export interface ClaudeRecord {
  readonly version: 1;
  /** Of the session, as the PTY host has it. */
  readonly key: string;
  readonly sessionId: string;
  readonly projectId: string;
  readonly ownerId: string;
  readonly conversation: {
    readonly id: string;
    /** Its transcript exists: there was a prompt. */
    readonly seen: boolean;
  };
  /** Follows from `signs` and `permissions`. */
  readonly state: ClaudeState;
  /** What it asks, oldest first. */
  readonly permissions: readonly PendingPermission[];
  /** The last that were answered from a card, so that whoever comes second hears who was first. */
  readonly answered: readonly AnsweredPermission[];
  readonly usage?: ClaudeUsage;
  readonly notice?: ClaudeNotice;
  /** Its process ended in the middle of work. */
  readonly interrupted: boolean;
  readonly autoContinue: boolean;
  /** When that was last done, oldest first. Unix milliseconds. */
  readonly autoContinued?: readonly number[];
  /** How its last process was started. */
  readonly start?: ConversationStart;
  /** Conversations it had before this one, by /clear for instance; they go with the session. */
  readonly earlier?: readonly string[];
  /** Unix milliseconds. */
  readonly lastPromptAt?: number;
  readonly updatedAt: number;
  readonly signs: ClaudeSigns;
}

/** How a process was started. */
export interface ConversationStart {
  /** Unix milliseconds. */
  readonly at: number;
  /** By `--resume`, not `--session-id`. */
  readonly resume: boolean;
  /** 1: the other way, because the first one failed at once. 2: with a new conversation, because both did. */
  readonly attempt: 0 | 1 | 2;
  /** The conversation that a new one took the place of. */
  readonly lost?: string;
}

export type NewClaudeRecord = Pick<ClaudeRecord, 'key' | 'sessionId' | 'projectId' | 'ownerId'> & {
  readonly conversationId: string;
};

/** Of a session that has no process yet. */
export function newClaudeRecord({ conversationId, ...session }: NewClaudeRecord, now: number): ClaudeRecord {
  return {
    version: 1,
    ...session,
    conversation: { id: conversationId, seen: false },
    state: { state: 'waiting', since: now },
    permissions: [],
    answered: [],
    interrupted: false,
    autoContinue: false,
    updatedAt: now,
    signs: { turn: { name: 'waiting' }, asksUnseen: false, hookAt: now, answeredAt: now },
  };
}

/** As clients see it. */
export function publicPermission({ match: _, ...permission }: PendingPermission): ClaudePermission {
  return permission;
}

const time = z.number();

/** Of a permission, as clients see it. */
export const claudePermissionSchema = z.object({
  id: z.string(),
  kind: z.enum(['permission', 'question']),
  tool: z.string(),
  detail: z.string(),
  truncated: z.boolean().optional(),
  path: z.string().optional(),
  questions: z
    .array(
      z.object({
        question: z.string(),
        header: z.string(),
        multiSelect: z.boolean(),
        options: z.array(z.object({ label: z.string(), description: z.string() })),
      }),
    )
    .optional(),
  remember: z.string().optional(),
  since: time,
  answerable: z.boolean(),
});

const pendingSchema = claudePermissionSchema.extend({ match: z.string() });

const turnSchema = z.discriminatedUnion('name', [
  z.object({ name: z.literal('waiting') }),
  z.object({ name: z.literal('working'), tool: z.string().optional() }),
  z.object({ name: z.literal('error'), kind: z.string(), message: z.string().optional() }),
]);

const recordSchema = z.object({
  version: z.literal(1),
  key: z.string(),
  sessionId: z.string(),
  projectId: z.string(),
  ownerId: z.string(),
  conversation: z.object({ id: z.string(), seen: z.boolean() }),
  state: z.object({
    state: z.enum(CLAUDE_STATES),
    since: time,
    until: time.optional(),
    tool: z.string().optional(),
    kind: z.string().optional(),
    message: z.string().optional(),
  }),
  permissions: z.array(pendingSchema),
  answered: z.array(
    z.object({
      id: z.string(),
      decision: z.enum(['allow', 'deny']),
      by: z.object({ id: z.string(), email: z.string() }),
    }),
  ),
  usage: z
    .object({
      model: z.string(),
      inputTokens: z.number(),
      outputTokens: z.number(),
      cacheReadTokens: z.number(),
      cacheWriteTokens: z.number(),
      costUsd: z.number(),
      contextTokens: z.number(),
      contextLimit: z.number(),
      todayUsd: z.number(),
      budgetUsd: z.number().optional(),
    })
    .optional(),
  notice: z
    .object({
      kind: z.enum(['interrupted', 'resumed', 'conversation-lost', 'budget', 'queued']),
      active: z.boolean(),
      text: z.string(),
    })
    .optional(),
  interrupted: z.boolean(),
  autoContinue: z.boolean(),
  autoContinued: z.array(time).optional(),
  start: z
    .object({
      at: time,
      resume: z.boolean(),
      attempt: z.union([z.literal(0), z.literal(1), z.literal(2)]),
      lost: z.string().optional(),
    })
    .optional(),
  earlier: z.array(z.string()).optional(),
  lastPromptAt: time.optional(),
  updatedAt: time,
  signs: z.object({
    turn: turnSchema,
    api: z.object({ name: z.enum(['rate_limited', 'api_down']), until: time.optional() }).optional(),
    over: z.enum(['exited', 'hibernated']).optional(),
    asksUnseen: z.boolean(),
    hookAt: time,
    answeredAt: time,
    title: z.object({ glyph: z.enum(['working', 'idle']), at: time }).optional(),
  }),
}) satisfies z.ZodType<ClaudeRecord>;

/** Undefined: it is damaged, or of another version. */
export function parseClaudeRecord(text: string): ClaudeRecord | undefined {
  try {
    return recordSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
