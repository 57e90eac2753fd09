import type { AuditCode } from './audit-codes';

export type AuditOutcome = 'ok' | 'refused' | 'failed';

/** Who did it, as far as is known. */
export interface AuditActor {
  readonly userId?: string;
  readonly email?: string;
  readonly role?: string;
  readonly loginId?: string;
}

/** From where it came. */
export interface AuditSource {
  readonly ip?: string;
  readonly userAgent?: string;
  readonly requestId?: string;
}

/** What it was done to. */
export interface AuditTarget {
  readonly kind: string;
  readonly id: string;
}

/** Something that happened and matters. Texts may come from anybody: they are bounded and redacted where they are written down. */
export interface AuditEntry {
  readonly code: AuditCode;
  readonly outcome: AuditOutcome;
  /** A stable code. */
  readonly reason?: string;
  readonly actor?: AuditActor;
  readonly source?: AuditSource;
  readonly target?: AuditTarget;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** Where everything that matters is put on record. */
export abstract class AuditLog {
  /** Never throws, never waits. What cannot be written down is counted, and told as `audit.gap`. */
  abstract record(entry: AuditEntry): void;

  /** Resolves once it is on disk: for the answer of every `auth.*`, `mfa.*` and administrator's change. */
  abstract durable(entry: AuditEntry): Promise<void>;

  /** Before a change by an administrator: throws `audit_unavailable` when there is no room to put it on record. */
  abstract assertRoom(): void;
}
