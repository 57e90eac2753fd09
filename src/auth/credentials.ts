import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { DomainError } from '../kernel/domain-error';
import { rateLimited } from '../rate-limits/rate-limited';
import { RateLimits } from '../rate-limits/rate-limits';
import { UserEntity } from '../users/user.entity';
import { withEmail } from '../users/with-email';
import { unauthenticated } from './access-tokens';
import { type AttemptKey, FailedAttempts } from './failed-attempts';
import { PasswordHasher } from './password-hasher';

/** Names without an account share so many counters: they are locked like accounts, and cannot fill the table. */
const UNKNOWN_NAMES = 65_536;

/** Who knows which password. */
@Injectable()
export class Credentials {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly hasher: PasswordHasher,
    private readonly attempts: FailedAttempts,
    private readonly limits: RateLimits,
  ) {}

  /** The user with this e-mail address and password; the answer takes as long, and counts as much, when there is none. */
  async check(email: string, password: string, address = ''): Promise<UserEntity> {
    const { allowed, retryAfterMs } = this.limits.take('login-address', address);
    if (!allowed) throw rateLimited('login-address', retryAfterMs);
    let isWrong = false;
    try {
      const user = await this.dataSource.getRepository(UserEntity).findOneBy(withEmail(email));
      // Of the account, not of how its name was written.
      isWrong = !(await this.isRight(user, password, user ? accountKey(user.id) : unknownKey(email)));
      if (isWrong) throw unauthenticated('The e-mail address or the password is wrong.');
      if (!user || user.disabledAt) throw unauthenticated('This account is disabled; ask an administrator.');
      return user;
    } finally {
      if (!isWrong) this.limits.giveBack('login-address', address);
    }
  }

  /** Of somebody who is logged in. */
  async checkAgain(userId: string, password: string): Promise<UserEntity> {
    const user = await this.dataSource.getRepository(UserEntity).findOneBy({ id: userId });
    if (!(await this.isRight(user, password, accountKey(userId)))) {
      throw new DomainError('password_wrong', 'The password is wrong.');
    }
    if (!user) throw unauthenticated('Log in again.');
    return user;
  }

  async replacePassword(userId: string, password: string): Promise<void> {
    const passwordHash = await this.hasher.hash(password);
    await this.dataSource.getRepository(UserEntity).update({ id: userId }, { passwordHash });
  }

  /** The whole login was right. */
  async succeeded(userId: string): Promise<void> {
    await this.attempts.cleared(accountKey(userId));
  }

  private async isRight(user: UserEntity | null, password: string, key: AttemptKey): Promise<boolean> {
    await this.attempts.assertAllowed(key);
    const isRight = user
      ? await this.hasher.verify(user.passwordHash, password)
      : await this.hasher.verifyNothing(password);
    if (!isRight) await this.attempts.failed(key);
    else await this.attempts.assertAllowed(key);
    return isRight;
  }
}

function accountKey(userId: string): AttemptKey {
  return { kind: 'account', of: userId };
}

function unknownKey(email: string): AttemptKey {
  const name = email.normalize('NFKC').trim().toLowerCase();
  const bucket = createHash('sha256').update(name).digest().readUInt32BE() % UNKNOWN_NAMES;
  return { kind: 'account', of: `unknown-${bucket}` };
}
