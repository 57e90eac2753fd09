import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { UserEntity } from '../users/user.entity';
import { withEmail } from '../users/with-email';
import { unauthenticated } from './access-tokens';
import { PasswordHasher } from './password-hasher';

/** Who knows which password. */
@Injectable()
export class Credentials {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly hasher: PasswordHasher,
  ) {}

  /** The user with this e-mail address and password; the answer takes as long when there is none. */
  async check(email: string, password: string): Promise<UserEntity> {
    const user = await this.dataSource.getRepository(UserEntity).findOneBy(withEmail(email));
    const isRight = user
      ? await this.hasher.verify(user.passwordHash, password)
      : await this.hasher.verifyNothing(password);
    if (!user || !isRight) throw unauthenticated('The e-mail address or the password is wrong.');
    if (user.disabledAt) throw unauthenticated('This account is disabled; ask an administrator.');
    return user;
  }

  async changePassword(userId: string, current: string, next: string): Promise<void> {
    const users = this.dataSource.getRepository(UserEntity);
    const user = await users.findOneBy({ id: userId });
    if (!user || !(await this.hasher.verify(user.passwordHash, current))) {
      throw unauthenticated('The current password is wrong.');
    }
    await users.update({ id: userId }, { passwordHash: await this.hasher.hash(next) });
  }
}
