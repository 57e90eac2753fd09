import type { ServerResponse } from 'node:http';

/** What the CLI gets instead of an answer of the API. It takes its course from the status and from these two headers. */
export interface OwnAnswer {
  readonly status: 400 | 402 | 404 | 413 | 429 | 500 | 529;
  readonly message: string;
  readonly retryAfterSeconds?: number;
  /** Nothing gets better by trying again: without this the CLI asks up to ten times more. */
  readonly final?: true;
}

const TYPES: Readonly<Record<OwnAnswer['status'], string>> = {
  400: 'invalid_request_error',
  402: 'billing_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  500: 'api_error',
  529: 'overloaded_error',
};
/** A CLI that is told to wait longer gives up at once. */
export const MAX_RETRY_AFTER_SECONDS = 60;

export function retryAfterSeconds(ms: number): number {
  return Math.min(MAX_RETRY_AFTER_SECONDS, Math.max(1, Math.ceil(ms / 1000)));
}

/** In the form of the API's own errors. */
export function answer(response: ServerResponse, own: OwnAnswer): void {
  if (response.headersSent || response.destroyed) return;
  const body = JSON.stringify({ type: 'error', error: { type: TYPES[own.status], message: own.message } });
  response.writeHead(own.status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...(own.retryAfterSeconds !== undefined && { 'retry-after': String(own.retryAfterSeconds) }),
    ...(own.final && { 'x-should-retry': 'false' }),
  });
  response.end(body);
}
