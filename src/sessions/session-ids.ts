import { ErrorCode } from '@holdfast/protocol';
import { DomainError } from '../kernel/domain-error';

/** What a client calls a session, understood. */
export type SessionIdRequest =
  | { readonly kind: 'new' }
  | { readonly kind: 'current'; readonly id: string }
  /** Older clients' forms; mapped to one id of today's form for each owner and project. */
  | { readonly kind: 'legacy'; readonly id: string };

const CURRENT = /^session_\d{1,16}_[0-9a-z]{1,40}$/;
const LEGACY: readonly RegExp[] = [
  /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i,
  /^term_[A-Za-z0-9_-]{1,100}$/,
  /^terminal-[A-Za-z0-9_-]{1,100}$/,
  /^session-\d{1,40}$/,
  /^claude_[A-Za-z0-9_-]{1,100}$/,
  /^\d{1,40}$/,
];
/** How "make a new one" is spelled by clients that print what they do not have. */
const NOTHING = new Set(['', 'null', 'undefined', 'none', 'nil']);

/** Throws `bad_session_id` for anything that is neither today's form, a legacy form, nor a spelling of nothing. */
export function parseSessionId(raw: string | null | undefined): SessionIdRequest {
  const id = raw?.trim() ?? '';
  if (NOTHING.has(id.toLowerCase())) return { kind: 'new' };
  if (CURRENT.test(id)) return { kind: 'current', id };
  if (LEGACY.some((form) => form.test(id))) return { kind: 'legacy', id };
  throw new DomainError(
    ErrorCode.badSessionId,
    'The session id is not of a known form. Use one from the session list, or leave it out to make a new session.',
  );
}

/** Under which a session is stored and known to the PTY host: the same id in two projects is two sessions. */
export function storageKey(sessionId: string, projectId: string): string {
  return `${sessionId}:${projectId}`;
}
