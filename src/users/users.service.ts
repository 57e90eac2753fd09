import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager, IsNull } from 'typeorm';
import { AccessEvents } from '../auth/access-events';
import { LoginFamilies } from '../auth/login-families';
import { PasswordHasher } from '../auth/password-hasher';
import { isUniqueViolation } from '../infrastructure/database/database-errors';
import { DomainError } from '../kernel/domain-error';
import { Ids } from '../kernel/ids';
import { UserEntity } from './user.entity';
import type { UserRole } from './user-role';
import { withEmail } from './with-email';

export interface NewUser {
  readonly email: string;
  readonly password: string;
  readonly role: UserRole;
}

export interface UserChange {
  readonly role?: UserRole;
  readonly disabled?: boolean;
}

@Injectable()
export class UsersService {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly hasher: PasswordHasher,
    private readonly ids: Ids,
    private readonly families: LoginFamilies,
    private readonly events: AccessEvents,
  ) {}

  count(): Promise<number> {
    return this.dataSource.getRepository(UserEntity).count();
  }

  async get(userId: string): Promise<UserEntity> {
    const user = await this.dataSource.getRepository(UserEntity).findOneBy({ id: userId });
    if (!user) throw new DomainError('not_found', 'There is no such user.');
    return user;
  }

  findByEmail(email: string): Promise<UserEntity | null> {
    return this.dataSource.getRepository(UserEntity).findOneBy(withEmail(email));
  }

  async create({ email, password, role }: NewUser): Promise<UserEntity> {
    const users = this.dataSource.getRepository(UserEntity);
    const passwordHash = await this.hasher.hash(password);
    try {
      return await users.save(
        users.create({ id: this.ids.uuid(), email: email.normalize('NFKC').trim(), passwordHash, role }),
      );
    } catch (error) {
      if (isUniqueViolation(error)) throw new DomainError('conflict', 'There is a user with this e-mail address.');
      throw error;
    }
  }

  /**
   * A disabled user and one with another role lose every login they have. `by` must still be an administrator when it happens:
   * who was demoted a moment ago changes nobody.
   */
  async change(userId: string, change: UserChange, by: string): Promise<UserEntity> {
    const { user, reason } = await this.dataSource.transaction(async (manager) => {
      const user = await this.lock(userId, manager);
      await requireAdministrator(manager, by);
      const roleChanges = change.role !== undefined && change.role !== user.role;
      const isDisabledNow = change.disabled === true && user.disabledAt === null;
      if (change.role !== undefined) user.role = change.role;
      if (change.disabled !== undefined) user.disabledAt = change.disabled ? (user.disabledAt ?? new Date()) : null;
      await manager.save(user);
      await requireAnyAdministrator(manager);
      const reason = isDisabledNow ? ('user-disabled' as const) : roleChanges ? ('role-changed' as const) : undefined;
      return { user, reason };
    });
    if (reason !== undefined) {
      await this.families.revokeAllOf(userId, reason);
      this.events.emit('user.revoked', { userId });
      if (reason === 'user-disabled') this.events.emit('user.disabled', { userId });
    }
    return user;
  }

  private async lock(userId: string, manager: EntityManager): Promise<UserEntity> {
    // All administrators, so that the last two cannot demote each other at the same time.
    await manager.query(`SELECT FROM users WHERE role = 'admin' OR id = $1 ORDER BY id FOR UPDATE`, [userId]);
    const user = await manager.findOneBy(UserEntity, { id: userId });
    if (!user) throw new DomainError('not_found', 'There is no such user.');
    return user;
  }
}

async function requireAdministrator(manager: EntityManager, id: string): Promise<void> {
  if (await manager.existsBy(UserEntity, { id, role: 'admin', disabledAt: IsNull() })) return;
  throw new DomainError('forbidden', 'Only for users with the role admin.');
}

async function requireAnyAdministrator(manager: EntityManager): Promise<void> {
  if (await manager.existsBy(UserEntity, { role: 'admin', disabledAt: IsNull() })) return;
  throw new DomainError('conflict', 'The last administrator must stay one; make another one first.');
}
