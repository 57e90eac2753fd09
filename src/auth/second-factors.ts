import { Injectable } from '@nestjs/common';
import { AuditLog, type AuditSource } from '../audit/audit-log';
import { DomainError } from '../kernel/domain-error';
import type { UserEntity } from '../users/user.entity';
import { type AttemptKey, FailedAttempts } from './failed-attempts';
import { AuthenticatorApps } from './two-factor/authenticator-apps';
import { RecoveryCodes } from './two-factor/recovery-codes';

/** What somebody gives besides the password. A recovery code is good in either field. */
export interface GivenCode {
  readonly totp?: string;
  readonly recoveryCode?: string;
}

/** The second question of a login, for those who have enrolled. */
@Injectable()
export class SecondFactors {
  constructor(
    private readonly apps: AuthenticatorApps,
    private readonly recoveryCodes: RecoveryCodes,
    private readonly attempts: FailedAttempts,
    private readonly audit: AuditLog,
  ) {}

  /** Throws unless the user has no second factor, or the code is right; uses the code up. */
  async check(user: Pick<UserEntity, 'id' | 'email' | 'role'>, given: GivenCode, source: AuditSource): Promise<void> {
    if (!(await this.apps.isEnrolled(user.id))) return;
    const code = (given.recoveryCode ?? given.totp ?? '').replace(/[\s-]/g, '');
    if (code === '') {
      throw new DomainError('totp_required', 'Enter the code of your authenticator app, or a recovery code.');
    }
    const key = codeKey(user.id);
    await this.attempts.assertAllowed(key);
    const isAppCode = /^\d{6}$/.test(code) && given.recoveryCode === undefined;
    const isRight = await (isAppCode ? this.apps : this.recoveryCodes).spend(user.id, code);
    const actor = { userId: user.id, email: user.email, role: user.role };
    if (!isRight) {
      await this.attempts.failed(key);
      await this.audit.durable({ code: 'mfa.failed', outcome: 'refused', reason: 'totp_invalid', actor, source });
      throw wrongCode();
    }
    await this.attempts.assertAllowed(key);
    await this.attempts.cleared(key);
    if (!isAppCode) await this.audit.durable({ code: 'mfa.recovery.used', outcome: 'ok', actor, source });
  }
}

/** Guesses at the codes of one user, whichever login they belong to. */
export function codeKey(userId: string): AttemptKey {
  return { kind: 'code', of: userId };
}

export function wrongCode(): DomainError {
  return new DomainError('totp_invalid', 'The code is wrong or was used already; wait for the next one.');
}
