import type { SentContext } from './suggestion-context';

/** For whom is asked, as budgets and the ledger name it. */
export interface SuggestionOwner {
  readonly userId: string;
  readonly projectId: string;
  readonly sessionId: string;
}

/** Somebody who knows commands. */
export abstract class SuggestionModel {
  /** As it is named to the user. */
  abstract readonly name: string;
  /** The answer, piece by piece. Throws a `DomainError` when there is none; ends when `signal` says so. */
  abstract answer(context: SentContext, owner: SuggestionOwner, signal: AbortSignal): AsyncIterable<string>;
}
