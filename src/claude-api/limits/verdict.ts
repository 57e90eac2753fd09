import type { IncomingHttpHeaders } from 'node:http';

/** What an answer of the API means for the request, the key and the circuit. */
export type Verdict =
  /** For the CLI, as it is. */
  | { readonly kind: 'answer' }
  | { readonly kind: 'limited'; readonly retryAfterMs?: number }
  | { readonly kind: 'failing'; readonly retryAfterMs?: number }
  /** The key is wrong, or may not do this. */
  | { readonly kind: 'key' }
  /** The CLI would follow it past this server. */
  | { readonly kind: 'redirect' };

export function verdictOf(status: number, headers: IncomingHttpHeaders, nowMs: number): Verdict {
  if (status === 401 || status === 403) return { kind: 'key' };
  if (status === 429) return { kind: 'limited', retryAfterMs: retryAfterOf(headers, nowMs) };
  if (status >= 500) return { kind: 'failing', retryAfterMs: retryAfterOf(headers, nowMs) };
  if (status >= 300 && status < 400 && status !== 304) return { kind: 'redirect' };
  return { kind: 'answer' };
}

/** Seconds, or a date. */
function retryAfterOf(headers: IncomingHttpHeaders, nowMs: number): number | undefined {
  const text = headers['retry-after'];
  if (text === undefined) return undefined;
  const seconds = Number(text);
  const ms = Number.isFinite(seconds) && text.trim() !== '' ? seconds * 1000 : Date.parse(text) - nowMs;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
