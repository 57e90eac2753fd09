import { suggestCommands, type SuggestionEvent, type SuggestionQuestion } from '@holdfast/client';
import type { AuthStore } from './auth-store';
import { http } from './http';

export interface SuggestionStatus {
  readonly allowed: boolean;
  readonly on: boolean;
  readonly model: string;
}

const PATH = '/api/suggestions';

/** Asks the server for commands, and whether the user wants that at all. */
export class SuggestionApi {
  constructor(private readonly auth: Pick<AuthStore, 'accessToken'>) {}

  async status(): Promise<SuggestionStatus> {
    return http({ method: 'GET', path: PATH, token: await this.auth.accessToken() });
  }

  async switch(on: boolean): Promise<SuggestionStatus> {
    return http({ method: 'PUT', path: PATH, body: { on }, token: await this.auth.accessToken() });
  }

  /** Each event as it comes; ends with the answer, or when `signal` says so. */
  async *ask(question: SuggestionQuestion, signal: AbortSignal): AsyncGenerator<SuggestionEvent> {
    yield* suggestCommands(location.origin, await this.auth.accessToken(), question, signal);
  }
}
