import { Injectable } from '@nestjs/common';
import type { UserEntity } from '../users/user.entity';
import { AccessTokens } from './access-tokens';
import { TwoFactor } from './two-factor';

/** What a client holds after a login or a refresh. */
export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** Seconds until the access token ends. */
  readonly expiresIn: number;
  readonly user: { readonly id: string; readonly email: string; readonly role: UserEntity['role'] };
  /** The tokens are good for enrolling a second factor only. */
  readonly totpEnrollment?: 'required';
}

export interface IssuedLogin {
  readonly user: UserEntity;
  readonly loginId: string;
  readonly refreshToken: string;
}

@Injectable()
export class TokenIssuer {
  constructor(
    private readonly accessTokens: AccessTokens,
    private readonly twoFactor: TwoFactor,
  ) {}

  /** How much the tokens are good for is decided anew each time: the requirement, or the enrolment, may have changed. */
  async issue({ user: { id, email, role }, loginId, refreshToken }: IssuedLogin): Promise<Tokens> {
    const access = await this.twoFactor.accessOf({ id, role });
    const { token, expiresIn } = this.accessTokens.sign({ userId: id, email, role, loginId }, access);
    const tokens = { accessToken: token, refreshToken, expiresIn, user: { id, email, role } };
    return access === 'full' ? tokens : { ...tokens, totpEnrollment: 'required' };
  }
}
