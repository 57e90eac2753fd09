import { Injectable } from '@nestjs/common';
import type { Principal } from '../../auth/principal';
import { type IssuedReset, PasswordResets } from '../../auth/password-resets';
import { TwoFactor } from '../../auth/two-factor';
import { DomainError } from '../../kernel/domain-error';
import type { UserEntity } from '../../users/user.entity';
import { UserDirectory } from '../../users/user-directory';
import { type UserChange, UsersService } from '../../users/users.service';

/** What administrators do with other people's accounts. Nobody does it with their own. */
@Injectable()
export class AdminUsers {
  constructor(
    private readonly users: UsersService,
    private readonly directory: UserDirectory,
    private readonly resets: PasswordResets,
    private readonly twoFactor: TwoFactor,
  ) {}

  change(caller: Principal, id: string, change: UserChange): Promise<UserEntity> {
    requireOther(caller, id);
    return this.users.change(id, change, caller.userId);
  }

  async resetPassword(caller: Principal, id: string): Promise<IssuedReset> {
    requireOther(caller, id);
    return this.resets.issue(id);
  }

  /** For somebody who lost app and recovery codes. */
  async resetTwoFactor(caller: Principal, id: string): Promise<void> {
    requireOther(caller, id);
    await this.directory.get(id);
    await this.twoFactor.reset(id);
  }
}

/** Also keeps the last administrator one: nobody else could take it away. */
function requireOther({ userId }: Principal, id: string): void {
  if (userId !== id) return;
  throw new DomainError('conflict', 'Administrators do not change their own account; another one has to do it.');
}
