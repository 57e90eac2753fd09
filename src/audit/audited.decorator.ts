import { SetMetadata } from '@nestjs/common';
import type { AuditCode } from './audit-codes';
import type { AuditActor, AuditTarget } from './audit-log';

export const AUDITED = Symbol('AUDITED');

/** A REST call as its event is made of it. */
export interface AuditedCall {
  readonly params: Readonly<Record<string, unknown>>;
  readonly query: Readonly<Record<string, unknown>>;
  /** As it came: not checked yet. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly answer: unknown;
  /** Present: it was refused or failed. */
  readonly error?: unknown;
}

export interface AuditedRoute {
  readonly code: AuditCode | ((call: AuditedCall) => AuditCode);
  /** Absent: the caller. */
  readonly actor?: (call: AuditedCall) => AuditActor | undefined;
  readonly target?: (call: AuditedCall) => AuditTarget | undefined;
  readonly data?: (call: AuditedCall) => Readonly<Record<string, unknown>> | undefined;
}

/** Puts every call of this route on record before it is answered: done, refused or failed, by whom and from where. */
export const Audited = (code: AuditedRoute['code'], more: Omit<AuditedRoute, 'code'> = {}) =>
  SetMetadata(AUDITED, { code, ...more } satisfies AuditedRoute);

/** The target is named in the path. */
export function namedInPath(kind: string, parameter = 'id'): NonNullable<AuditedRoute['target']> {
  return ({ params }) => ({ kind, id: String(params[parameter]) });
}

/** The target is made by the call: the answer has its id. */
export function namedInAnswer(kind: string): NonNullable<AuditedRoute['target']> {
  return ({ answer }) =>
    typeof answer === 'object' && answer !== null && 'id' in answer ? { kind, id: String(answer.id) } : undefined;
}

/** What was asked for. Passwords and the like are redacted where it is written down. */
export function asAsked({ body }: AuditedCall): Readonly<Record<string, unknown>> {
  return { asked: body };
}
