import { Injectable } from '@nestjs/common';
import type { AuditSource } from '../audit/audit-log';
import type { UserEntity } from '../users/user.entity';
import { Credentials } from './credentials';
import { type GivenCode, SecondFactors } from './second-factors';

export interface LoginForm extends GivenCode {
  readonly email: string;
  readonly password: string;
}

/** Password and, where there is one, second factor: together, in this order, or not at all. */
@Injectable()
export class ProofOfIdentity {
  constructor(
    private readonly credentials: Credentials,
    private readonly secondFactors: SecondFactors,
  ) {}

  async ofLogin({ email, password, ...code }: LoginForm, source: AuditSource): Promise<UserEntity> {
    const user = await this.credentials.check(email, password, source.ip);
    return this.complete(user, code, source);
  }

  /** Of somebody who is logged in. */
  async again(userId: string, { password, ...code }: Omit<LoginForm, 'email'>, source: AuditSource): Promise<void> {
    const user = await this.credentials.checkAgain(userId, password);
    await this.complete(user, code, source);
  }

  private async complete(user: UserEntity, code: GivenCode, source: AuditSource): Promise<UserEntity> {
    await this.secondFactors.check(user, code, source);
    await this.credentials.succeeded(user.id);
    return user;
  }
}
