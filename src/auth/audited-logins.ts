import type { AuditActor } from '../audit/audit-log';
import type { Audited, AuditedCall } from '../audit/audited.decorator';
import { DomainError } from '../kernel/domain-error';
import { RefreshRefused } from './refresh-refused';

/** As whom somebody tried to log in, and who they turned out to be. */
export const AUDITED_LOGIN: Parameters<typeof Audited> = [
  ({ error }) => (error === undefined ? 'auth.login' : 'auth.login.failed'),
  { actor: (call) => userOf(call) ?? { email: text(call.body['email']) } },
];

/** A token that comes a second time is in two hands. */
export const AUDITED_REFRESH: Parameters<typeof Audited> = [
  ({ error }) => (refusalOf(error)?.reason === 'reused' ? 'auth.refresh.reuse' : 'auth.refresh'),
  { actor: (call) => userOf(call) ?? { loginId: refusalOf(call.error)?.loginId } },
];

function userOf({ answer }: AuditedCall): AuditActor | undefined {
  if (typeof answer !== 'object' || answer === null || !('user' in answer)) return undefined;
  const { id, email, role } = answer.user as { id?: unknown; email?: unknown; role?: unknown };
  return { userId: text(id), email: text(email), role: text(role) };
}

function refusalOf(error: unknown): RefreshRefused | undefined {
  const cause = error instanceof DomainError ? error.options.cause : undefined;
  return cause instanceof RefreshRefused ? cause : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
