import { TypedEvents } from '../kernel/typed-events';
import type { ClaudeToken } from './claude-tokens';

/** Who waits for whom, and what for. */
export type RequestPriority = 'interactive' | 'subagent' | 'suggestion';

/** Why a request was answered by this server and not by the API. */
export type Refusal = 'budget' | 'policy' | 'key' | 'breaker' | 'limit';

/** One request at its end: what the ledger, the audit and the metrics are made of. Nothing of its content is in it. */
export interface SettledRequest {
  /** When it came; Unix milliseconds. */
  readonly at: number;
  readonly path: string;
  readonly model: string;
  readonly priority: RequestPriority;
  /** What the CLI got; 499: it did not wait for an answer. */
  readonly status: number;
  /** Requests to the API. */
  readonly attempts: number;
  /** From its arrival; absent: there was none. */
  readonly firstByteMs?: number;
  readonly durationMs: number;
  readonly requestBytes: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  /** False: cut off, so that the tokens are an estimate. */
  readonly complete: boolean;
  readonly refused?: Refusal;
  /** As the API calls it, for its support. */
  readonly upstreamId?: string;
  /** What the CLI says of itself: for people, never for a decision. */
  readonly claimedSession?: string;
}

export interface ClaudeApiEventMap {
  started: { readonly token: ClaudeToken; readonly model: string };
  /** It waits for the key's limits. Unix milliseconds. */
  rateLimited: { readonly token: ClaudeToken; readonly untilMs: number };
  apiDown: { readonly token: ClaudeToken; readonly untilMs?: number };
  /** The API has begun to answer. */
  streaming: { readonly token: ClaudeToken };
  settled: { readonly token: ClaudeToken; readonly request: SettledRequest };
}

/** What happens in the API gateway; only its leader has anything to tell. */
export class ClaudeApiEvents extends TypedEvents<ClaudeApiEventMap> {}
