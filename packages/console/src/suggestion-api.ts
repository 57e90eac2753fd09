import type { AuthStore } from './auth-store';
import { ApiError, ServerUnreachable } from './errors';
import { http } from './http';

export interface SuggestionStatus {
  readonly allowed: boolean;
  readonly on: boolean;
  readonly model: string;
}

export interface SuggestionQuestion {
  readonly sessionId: string;
  readonly line: string;
  readonly includeOutput: boolean;
}

export interface SuggestedCommand {
  readonly cmd: string;
  readonly why: string;
  readonly danger: boolean;
}

export type SuggestionEvent =
  | { readonly type: 'sent'; readonly model: string; readonly context: Readonly<Record<string, unknown>> }
  | ({ readonly type: 'suggestion' } & SuggestedCommand)
  | { readonly type: 'done' }
  | { readonly type: 'error'; readonly code: string; readonly message: string };

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
    const headers = { authorization: `Bearer ${await this.auth.accessToken()}`, 'content-type': 'application/json' };
    const body = JSON.stringify(question);
    const options = { method: 'POST', headers, body, signal, credentials: 'omit', cache: 'no-store' } as const;
    const response = await fetch(PATH, options).catch(() => {
      throw new ServerUnreachable();
    });
    if (!response.ok || !response.body) throw await refusal(response);
    yield* eventsIn(response.body);
  }
}

async function refusal(response: Response): Promise<Error> {
  const said = (await response.json().catch(() => ({}))) as { code?: string; message?: string };
  return new ApiError(
    response.status,
    said.code ?? `http_${response.status}`,
    said.message ?? `The server answered ${response.status}.`,
  );
}

/** One JSON object on each line. */
async function* eventsIn(body: ReadableStream<Uint8Array>): AsyncGenerator<SuggestionEvent> {
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
