import Anthropic, { APIError } from '@anthropic-ai/sdk';
import { ErrorCode } from '@holdfast/protocol';
import { DomainError } from '../kernel/domain-error';

const MAX_TOKENS = 300;
/** Until the answer begins; whoever asks has a deadline for all of it. */
const TIMEOUT_MS = 4_000;
/** Of what the API says about a refusal. */
const MAX_MESSAGE = 300;

export interface TextRequest {
  /** Of the API gateway of this server. */
  readonly baseUrl: string;
  readonly token: string;
  readonly model: string;
  readonly system: string;
  readonly text: string;
  readonly signal: AbortSignal;
}

/** What the model says, in pieces as they come. Throws `rate_limited` and `unavailable`, with a sentence of the API gateway's. */
export async function* streamedText({ baseUrl, token, ...asked }: TextRequest): AsyncGenerator<string> {
  // Nothing of the environment: neither a key, nor where it would be sent, nor what to log.
  const client = new Anthropic({
    apiKey: null,
    authToken: token,
    baseURL: baseUrl,
    logLevel: 'off',
    maxRetries: 0,
    timeout: TIMEOUT_MS,
  });
  try {
    yield* stream(client, asked);
  } catch (error) {
    throw error instanceof APIError ? refusal(error as Refused) : error;
  }
}

async function* stream(
  client: Anthropic,
  { model, system, text, signal }: Omit<TextRequest, 'baseUrl' | 'token'>,
): AsyncGenerator<string> {
  const events = await client.messages.create(
    { model, max_tokens: MAX_TOKENS, system, messages: [{ role: 'user', content: text }], stream: true },
    { signal },
  );
  for await (const event of events) {
    if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') yield event.delta.text;
  }
}

/** No status: nobody answered. */
type Refused = APIError & {
  readonly status?: number;
  readonly error?: { readonly error?: { readonly message?: unknown } };
};

/** What the API gateway refuses says for whom it is and what to do; the rest is between it and the API. */
function refusal(error: Refused): DomainError {
  const { status } = error;
  const message = said(error).slice(0, MAX_MESSAGE);
  const code = status === 429 ? ErrorCode.rateLimited : ErrorCode.unavailable;
  return new DomainError(code, message, { retryable: status === 429, cause: error });
}

function said({ error, status }: Refused): string {
  const message = error?.error?.message;
  if (typeof message === 'string') return message;
  return status === undefined
    ? 'The Claude API did not answer; try again.'
    : `The Claude API answered ${status}; try again.`;
}
