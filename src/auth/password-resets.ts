import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, MoreThan } from 'typeorm';
import { Clock } from '../kernel/clock';
import { DomainError } from '../kernel/domain-error';
import { Ids } from '../kernel/ids';
import { UserEntity } from '../users/user.entity';
import { unauthenticated } from './access-tokens';
import { LoginFamilies } from './login-families';
import { PasswordHasher } from './password-hasher';
import { PasswordResetEntity } from './password-reset.entity';

const TOKEN_BYTES = 32;
/** Somebody has to be told the token, and to find the time. */
const LIFE_MS = 24 * 3600 * 1000;

export interface IssuedReset {
  /** Shown once; only its hash is stored. */
  readonly token: string;
  readonly expiresAt: Date;
}

/** Passwords that are set by whoever holds a token for it, instead of the old one. */
@Injectable()
export class PasswordResets {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly hasher: PasswordHasher,
    private readonly families: LoginFamilies,
    private readonly clock: Clock,
    private readonly ids: Ids,
  ) {}

  /** From now on neither the old password nor an earlier token is good, and every login has ended. */
  async issue(userId: string): Promise<IssuedReset> {
    const token = this.ids.secret(TOKEN_BYTES);
    const expiresAt = new Date(this.clock.now() + LIFE_MS);
    const passwordHash = await this.hasher.hash(this.ids.secret(TOKEN_BYTES));
    await this.dataSource.transaction(async (manager) => {
      const { affected } = await manager.update(UserEntity, { id: userId }, { passwordHash });
      if (affected === 0) throw new DomainError('not_found', 'There is no such user.');
      await manager.upsert(PasswordResetEntity, { userId, tokenHash: hashOf(token), expiresAt }, ['userId']);
    });
    await this.families.revokeAllOf(userId, 'password-reset');
    return { token, expiresAt };
  }

  /** Answers whose password it was. */
  async redeem(token: string, password: string): Promise<string> {
    const good = { tokenHash: hashOf(token), expiresAt: MoreThan(new Date(this.clock.now())) };
    // Before the hash of a password, which costs.
    if (!(await this.dataSource.getRepository(PasswordResetEntity).existsBy(good))) throw badToken();
    const passwordHash = await this.hasher.hash(password);
    const userId = await this.dataSource.transaction(async (manager) => {
      const found = await manager.findOne(PasswordResetEntity, { where: good, lock: { mode: 'pessimistic_write' } });
      if (!found) throw badToken();
      await manager.delete(PasswordResetEntity, { userId: found.userId });
      await manager.update(UserEntity, { id: found.userId }, { passwordHash });
      return found.userId;
    });
    await this.families.revokeAllOf(userId, 'password-changed');
    return userId;
  }
}

function badToken(): DomainError {
  return unauthenticated('This link was used already, or has expired; ask an administrator for another one.');
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
