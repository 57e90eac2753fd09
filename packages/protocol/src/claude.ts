/** What a client learns of a Claude session besides its terminal, and what it may ask. */

export const CLAUDE_STATES = [
  'working',
  'waiting',
  'needs_permission',
  'needs_answer',
  'rate_limited',
  'api_down',
  'error',
  'hibernated',
  'exited',
] as const;
export type ClaudeStateName = (typeof CLAUDE_STATES)[number];

/** States in which the session waits for its user. */
export const CLAUDE_NEEDS_ME: readonly ClaudeStateName[] = ['needs_permission', 'needs_answer', 'error'];

export interface ClaudeState {
  readonly state: ClaudeStateName;
  /** Unix milliseconds. */
  readonly since: number;
  /** `rate_limited` and `api_down`: when it goes on, as far as is known. Unix milliseconds. */
  readonly until?: number;
  /** `working`: the tool that runs. */
  readonly tool?: string;
  /** `error`: `rate_limit`, `server_error`, `billing_error`, `authentication_failed`, or as the CLI says. */
  readonly kind?: string;
  /** One line for people. */
  readonly message?: string;
}

/** Something the CLI may only do, or go on with, once somebody has answered. */
export interface ClaudePermission {
  readonly id: string;
  readonly kind: 'permission' | 'question';
  readonly tool: string;
  /** The whole command, diff or plan, as text; cut at `MAX_CLAUDE_DETAIL`. */
  readonly detail: string;
  readonly truncated?: boolean;
  /** The directory it is about, or the file. */
  readonly path?: string;
  /** `question`. */
  readonly questions?: readonly ClaudeQuestion[];
  /** "and do not ask again", in the CLI's own words; an answer with `remember` takes it. */
  readonly remember?: string;
  /** Unix milliseconds. */
  readonly since: number;
  /** False: only in the terminal itself, because the connection on which it was asked is gone. */
  readonly answerable: boolean;
}

export interface ClaudeQuestion {
  readonly question: string;
  readonly header: string;
  readonly multiSelect: boolean;
  readonly options: readonly { readonly label: string; readonly description: string }[];
}

export type ClaudeDecision = 'allow' | 'deny';

export interface ClaudeUsage {
  readonly model: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  /** Of this session so far, by the server's price table; an estimate. */
  readonly costUsd: number;
  /** Tokens of the last request of the conversation, and what its model takes. */
  readonly contextTokens: number;
  readonly contextLimit: number;
  /** Of this user, since midnight UTC. */
  readonly todayUsd: number;
  /** What they may spend a day; absent: no limit. */
  readonly budgetUsd?: number;
}

export interface ClaudeNotice {
  /** `interrupted`: its process ended in the middle of work, and `claude.continue` goes on with it. */
  readonly kind: 'interrupted' | 'resumed' | 'conversation-lost' | 'budget' | 'queued';
  readonly active: boolean;
  readonly text: string;
}

/** Of the text of one permission; what is longer has to be read in the terminal. */
export const MAX_CLAUDE_DETAIL = 64 * 1024;
/** Of what is said to the model with a refusal. */
export const MAX_CLAUDE_MESSAGE = 2_000;
