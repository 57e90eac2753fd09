import { Injectable } from '@nestjs/common';
import { Credentials } from './credentials';
import { LoginFamilies } from './login-families';
import type { Principal } from './principal';

@Injectable()
export class PasswordChange {
  constructor(
    private readonly credentials: Credentials,
    private readonly families: LoginFamilies,
  ) {}

  /** Ends every other login of the user, with its tickets and sockets: whoever knew the old password is out. */
  async change({ userId, loginId }: Principal, current: string, next: string): Promise<void> {
    await this.credentials.checkAgain(userId, current);
    await this.credentials.replacePassword(userId, next);
    await this.families.revokeAllOf(userId, 'password-changed', loginId);
  }
}
