import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import type { UserEntity } from '../users/user.entity';
import { AccessTokens, unauthenticated } from './access-tokens';
import { Credentials } from './credentials';
import { LoginFamilies, type LoginOrigin } from './login-families';
import type { Principal } from './principal';
import { RefreshTokens } from './refresh-tokens';

/** What a client holds after a login or a refresh. */
export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** Seconds until the access token ends. */
  readonly expiresIn: number;
  readonly user: { readonly id: string; readonly email: string; readonly role: UserEntity['role'] };
}

@Injectable()
export class LoginService {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly credentials: Credentials,
    private readonly families: LoginFamilies,
    private readonly refreshTokens: RefreshTokens,
    private readonly accessTokens: AccessTokens,
  ) {}

  async login(email: string, password: string, origin: LoginOrigin): Promise<Tokens> {
    const user = await this.credentials.check(email, password);
    return this.dataSource.transaction(async (manager) => {
      const loginId = await this.families.begin(user.id, origin, manager);
      return this.tokens(user, loginId, await this.refreshTokens.issue(loginId, manager));
    });
  }

  /** One use of a refresh token. The second use of one means that somebody else has it too: the login ends. */
  async refresh(refreshToken: string): Promise<Tokens> {
    const { rotation, user } = await this.dataSource.transaction(async (manager) => {
      const rotation = await this.refreshTokens.rotate(refreshToken, manager);
      const user = rotation.kind === 'rotated' ? await this.families.renew(rotation.familyId, manager) : undefined;
      return { rotation, user };
    });
    if (rotation.kind === 'rotated' && user) return this.tokens(user, rotation.familyId, rotation.token);
    if (rotation.kind === 'reused') await this.families.revoke(rotation.familyId, 'refresh-token-reused');
    throw unauthenticated('The refresh token is not valid any more; log in again.');
  }

  async logout({ loginId }: Principal): Promise<void> {
    await this.families.revoke(loginId, 'logout');
  }

  /** Ends every other login of the user: whoever knew the old password is out. */
  async changePassword({ userId, loginId }: Principal, current: string, next: string): Promise<void> {
    await this.credentials.changePassword(userId, current, next);
    await this.families.revokeAllOf(userId, 'password-changed', loginId);
  }

  private tokens({ id, email, role }: UserEntity, loginId: string, refreshToken: string): Tokens {
    const { token, expiresIn } = this.accessTokens.sign({ userId: id, email, role, loginId });
    return { accessToken: token, refreshToken, expiresIn, user: { id, email, role } };
  }
}
