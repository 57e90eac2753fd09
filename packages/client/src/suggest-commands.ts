import { rest } from './rest';

export interface SuggestionQuestion {
  /** A shell of the caller that waits at its prompt. */
  readonly sessionId: string;
  /** What stands at the prompt now. */
  readonly line: string;
  /** Send the last lines of the last command, too, if it failed. */
  readonly includeOutput?: boolean;
}

export interface SuggestedCommand {
  /** One line. To be inserted at the prompt, never entered. */
  readonly cmd: string;
  readonly why: string;
  /** It may destroy something. */
  readonly danger: boolean;
}

export type SuggestionEvent =
  /** First: exactly what the model is given. `cached`: it was, the last time. */
  | {
      readonly type: 'sent';
      readonly model: string;
      readonly context: Readonly<Record<string, unknown>>;
      readonly cached: boolean;
    }
  | ({ readonly type: 'suggestion' } & SuggestedCommand)
  | { readonly type: 'done' }
  | { readonly type: 'error'; readonly code: string; readonly message: string };

/**
 * Asks for commands for the user of `accessToken`, each event as it comes; ends with the answer. Leaving the loop or aborting ends the
 * request. Throws a `HoldfastError`: `suggestions_off` until an administrator allows them and the user switched them on
 * (`PUT /api/suggestions`), `no_prompt`, `rate_limited`. `server`: its `http://` or `https://` address.
 */
export async function* suggestCommands(
  server: string,
  accessToken: string,
  question: SuggestionQuestion,
  signal?: AbortSignal,
): AsyncGenerator<SuggestionEvent, void, void> {
  const { body } = await rest({ server, accessToken, path: '/api/suggestions', body: question, signal });
  if (body) yield* eventsIn(body);
}

/** One JSON object on each line. */
async function* eventsIn(body: ReadableStream<Uint8Array>): AsyncGenerator<SuggestionEvent, void, void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      const lines = (rest + decoder.decode(value, { stream: !done })).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line !== '') yield JSON.parse(line) as SuggestionEvent;
      if (done) return;
    }
  } finally {
    void reader.cancel().catch(() => undefined);
  }
}
