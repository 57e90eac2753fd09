import { ErrorCode } from '@holdfast/protocol';
import type { DomainError } from '../../kernel/domain-error';
import { retryAfterSeconds } from '../listener/answers';
import { ApiRefusal } from './api-refusal';

/** Seen with 2.1.329 and its default model: it gives up after repeated 529, whatever `retry-after` says; not after a 500. */
const TRY_AGAIN_LATER = 500;

/** What a session is told when a request is not made, or came to nothing. The user reads these sentences in the terminal. */
export const refusals = {
  noKey: (): ApiRefusal =>
    new ApiRefusal(
      {
        status: 402,
        message:
          'This server has no Claude API key. An administrator sets ANTHROPIC_API_KEY or ANTHROPIC_API_KEY_FILE.',
        final: true,
      },
      'key',
    ),

  /** 402, because the CLI asks ten times more after a 401, and sends people to /login after a 403. */
  keyRejected: (status: number): ApiRefusal =>
    new ApiRefusal(
      {
        status: 402,
        message:
          status === 401
            ? "The Claude API rejected this server's key. Tell your administrator."
            : "This server's Claude API key may not do that. Tell your administrator, or choose another model.",
        final: true,
      },
      'key',
    ),

  redirected: (): ApiRefusal =>
    new ApiRefusal(
      {
        status: 402,
        message:
          'The Claude API answers from elsewhere. An administrator sets ANTHROPIC_BASE_URL to its final address.',
        final: true,
      },
      'key',
    ),

  limited: (waitMs: number, at: string): ApiRefusal =>
    new ApiRefusal(
      {
        status: 429,
        message: `All sessions on this server together have reached the limit of its API key; it goes on at ${at}.`,
        retryAfterSeconds: retryAfterSeconds(waitMs),
      },
      'limit',
    ),

  busy: (): ApiRefusal =>
    new ApiRefusal(
      {
        status: 429,
        message: 'Too many requests to Claude wait on this server; yours is tried again shortly.',
        retryAfterSeconds: BUSY_SECONDS,
      },
      'limit',
    ),

  circuitOpen: (waitMs: number): ApiRefusal =>
    new ApiRefusal(
      {
        status: TRY_AGAIN_LATER,
        message: 'The Claude API fails at the moment; this server looks after it and goes on when it is back.',
        retryAfterSeconds: retryAfterSeconds(waitMs),
      },
      'breaker',
    ),

  unreachable: (waitMs: number): ApiRefusal =>
    new ApiRefusal({
      status: TRY_AGAIN_LATER,
      message: 'This server cannot reach the Claude API.',
      retryAfterSeconds: retryAfterSeconds(waitMs),
    }),
};

const BUSY_SECONDS = 5;

/** What a budget or the list of models says. */
export function refusalOf({ code, message, retryable, options }: DomainError): ApiRefusal {
  const refused = code === ErrorCode.budgetExceeded ? 'budget' : 'policy';
  if (!retryable) return new ApiRefusal({ status: 402, message, final: true }, refused);
  const seconds = retryAfterSeconds(options.retryAfterMs ?? 0);
  return new ApiRefusal({ status: 429, message, retryAfterSeconds: seconds }, refused);
}
