import type { TypedEvents } from '../kernel/typed-events';
import type { NanoDollars } from './claude-prices';
import type { MeteredUsage, TokenUsage } from './token-usage';

/** For whom a request is made: of a token of the API gateway. */
export interface ClaudeSpender {
  readonly sessionKey: string;
  readonly sessionId: string;
  readonly projectId: string;
  readonly userId: string;
  readonly purpose: 'session' | 'suggestion';
}

export interface ReservationRequest {
  readonly model: string;
  /** As `count_tokens` says, or the body's bytes / 4. */
  readonly estimatedInputTokens: number;
  /** `max_tokens` of the request. */
  readonly maxTokens: number;
  /** False: of a subagent, which says nothing about how full the conversation is. */
  readonly conversation?: boolean;
}

/** Money that is held for one request until what it used is known. The first of the two calls counts, others do nothing. */
export interface Reservation {
  readonly id: string;
  readonly nano: NanoDollars;
  /** It got to the API, whole or broken off: `UsageMeter.result()`. Never throws. */
  settle(usage: MeteredUsage): void;
  /** It used nothing: it never got there, or the API refused it. Never throws. */
  release(): void;
}

/** What a request came to. */
export interface Charge {
  readonly spender: ClaudeSpender;
  readonly model: string;
  /** The entry of the price table. */
  readonly family: string;
  readonly usage: TokenUsage;
  readonly nano: NanoDollars;
}

export type BudgetKind = 'user' | 'project' | 'total';

/** A request that was not made for want of money. */
export interface Refusal {
  readonly spender: ClaudeSpender;
  readonly kind: BudgetKind;
  /** The sentence that the user reads. */
  readonly message: string;
  /** Only requests that run keep the money. */
  readonly retryable: boolean;
}

/** How one budget stands, today. */
export interface BudgetState {
  readonly kind: BudgetKind;
  /** Undefined: no limit. */
  readonly limit: NanoDollars | undefined;
  /** What an administrator changes to raise it. */
  readonly setting: string;
  readonly used: NanoDollars;
  /** Held for requests that run. */
  readonly reserved: NanoDollars;
}

/**
 * What requests may cost, by user, by project and in all, for each day in UTC. Asked in the leader's process only, where every
 * request of this machine passes.
 */
export abstract class ClaudeBudgets {
  abstract readonly events: TypedEvents<{ charged: Charge; refused: Refusal }>;

  /**
   * Before a request is sent. Throws `budget_exceeded`; when it is `retryable`, only requests that run keep the money, and it may go
   * in `retryAfterMs`.
   */
  abstract reserve(spender: ClaudeSpender, request: ReservationRequest): Reservation;

  /** Throws `model_not_allowed`. */
  abstract assertModel(spender: ClaudeSpender, model: unknown): asserts model is string;

  /** Of this user, this project and all, today. */
  abstract states(spender: Pick<ClaudeSpender, 'userId' | 'projectId'>): readonly BudgetState[];
}
