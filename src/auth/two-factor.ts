import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../../config/environment';
import { DomainError } from '../kernel/domain-error';
import type { UserEntity } from '../users/user.entity';
import type { UserRole } from '../users/user-role';
import type { TokenAccess } from './access-tokens';
import { FailedAttempts } from './failed-attempts';
import { LoginFamilies } from './login-families';
import type { Principal } from './principal';
import { codeKey, wrongCode } from './second-factors';
import { AuthenticatorApps, type NewSecret } from './two-factor/authenticator-apps';
import { RecoveryCodes } from './two-factor/recovery-codes';

export interface TwoFactorStatus {
  readonly enrolled: boolean;
  /** This user cannot do without. */
  readonly required: boolean;
  readonly recoveryCodesLeft: number;
}

/** Who has a second factor, who needs one, and how one gets and loses it. */
@Injectable()
export class TwoFactor {
  constructor(
    private readonly apps: AuthenticatorApps,
    private readonly recoveryCodes: RecoveryCodes,
    private readonly attempts: FailedAttempts,
    private readonly families: LoginFamilies,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async status({ userId, role }: Pick<Principal, 'userId' | 'role'>): Promise<TwoFactorStatus> {
    const [enrolled, recoveryCodesLeft] = await Promise.all([
      this.apps.isEnrolled(userId),
      this.recoveryCodes.left(userId),
    ]);
    return { enrolled, required: this.isRequiredOf(role), recoveryCodesLeft };
  }

  /** What a login of this user may do, as things are now. */
  async accessOf({ id, role }: Pick<UserEntity, 'id' | 'role'>): Promise<TokenAccess> {
    return !this.isRequiredOf(role) || (await this.apps.isEnrolled(id)) ? 'full' : 'enrollment';
  }

  enroll({ userId, email }: Principal): Promise<NewSecret> {
    return this.apps.begin(userId, email);
  }

  /** Answers the recovery codes. Every other login of the user ends: it was made with less. */
  async confirm({ userId, loginId }: Principal, code: string): Promise<string[]> {
    const key = codeKey(userId);
    await this.attempts.assertAllowed(key);
    switch (await this.apps.confirm(userId, code.replace(/\s/g, ''))) {
      case 'nothing-pending':
        throw new DomainError('conflict', 'Begin again with POST /api/auth/totp/enroll.');
      case 'wrong-code':
        await this.attempts.failed(key);
        throw wrongCode();
      case 'confirmed':
        await this.attempts.cleared(key);
        await this.families.revokeAllOf(userId, 'two-factor-changed', loginId);
        return this.recoveryCodes.replace(userId);
    }
  }

  async replaceRecoveryCodes({ userId }: Principal): Promise<string[]> {
    if (await this.apps.isEnrolled(userId)) return this.recoveryCodes.replace(userId);
    throw new DomainError('conflict', 'Enroll a second factor first: POST /api/auth/totp/enroll.');
  }

  /** By the user. */
  async remove({ userId, role, loginId }: Principal): Promise<void> {
    if (this.isRequiredOf(role)) {
      throw new DomainError('forbidden', 'Administrators need a second factor here; to change the app, enroll again.');
    }
    await this.forget(userId);
    await this.families.revokeAllOf(userId, 'two-factor-changed', loginId);
  }

  /** By an administrator, for somebody who lost both app and recovery codes: ends every login of that user. */
  async reset(userId: string): Promise<void> {
    await this.forget(userId);
    await this.families.revokeAllOf(userId, 'two-factor-changed');
  }

  private async forget(userId: string): Promise<void> {
    await this.apps.remove(userId);
    await this.recoveryCodes.remove(userId);
    await this.attempts.cleared(codeKey(userId));
  }

  private isRequiredOf(role: UserRole): boolean {
    return role === 'admin' && this.config.auth.totpRequiredForAdmins;
  }
}
