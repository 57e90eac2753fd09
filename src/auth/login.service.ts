import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { unauthenticated } from './access-tokens';
import { LoginFamilies, type LoginOrigin } from './login-families';
import type { Principal } from './principal';
import { RefreshRefused } from './refresh-refused';
import { type LoginForm, ProofOfIdentity } from './proof-of-identity';
import { RefreshTokens } from './refresh-tokens';
import { TokenIssuer, type Tokens } from './token-issuer';

@Injectable()
export class LoginService {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly proofs: ProofOfIdentity,
    private readonly families: LoginFamilies,
    private readonly refreshTokens: RefreshTokens,
    private readonly issuer: TokenIssuer,
  ) {}

  async login(form: LoginForm, origin: LoginOrigin): Promise<Tokens> {
    const user = await this.proofs.ofLogin(form, origin);
    const login = await this.dataSource.transaction(async (manager) => {
      const loginId = await this.families.begin(user.id, origin, manager);
      return { user, loginId, refreshToken: await this.refreshTokens.issue(loginId, manager) };
    });
    return this.issuer.issue(login);
  }

  /** One use of a refresh token. The second use of one means that somebody else has it too: the login ends. */
  async refresh(refreshToken: string): Promise<Tokens> {
    const { rotation, user } = await this.dataSource.transaction(async (manager) => {
      const rotation = await this.refreshTokens.rotate(refreshToken, manager);
      const user = rotation.kind === 'rotated' ? await this.families.renew(rotation.familyId, manager) : undefined;
      return { rotation, user };
    });
    if (rotation.kind === 'rotated' && user) {
      return this.issuer.issue({ user, loginId: rotation.familyId, refreshToken: rotation.token });
    }
    if (rotation.kind === 'reused') await this.families.revoke(rotation.familyId, 'refresh-token-reused');
    const cause = rotation.kind === 'unknown' ? undefined : new RefreshRefused(rotation.kind, rotation.familyId);
    throw unauthenticated('The refresh token is not valid any more; log in again.', cause);
  }

  async logout({ loginId }: Principal): Promise<void> {
    await this.families.revoke(loginId, 'logout');
  }
}
