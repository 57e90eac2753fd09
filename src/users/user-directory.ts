import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, In } from 'typeorm';
import { decodeUuidCursor, type Page, type PageQuery, toPage } from '../infrastructure/http/page';
import { DomainError } from '../kernel/domain-error';
import { UserEntity } from './user.entity';
import type { UserRole } from './user-role';

export interface UserSearch extends PageQuery {
  /** Part of the e-mail address, in whatever case. */
  readonly q?: string;
  readonly role?: UserRole;
  readonly disabled?: boolean;
}

/** Who is known here. */
@Injectable()
export class UserDirectory {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  async search({ q, role, disabled, limit, cursor }: UserSearch): Promise<Page<UserEntity>> {
    const query = this.dataSource
      .getRepository(UserEntity)
      .createQueryBuilder('person')
      .where('true')
      .orderBy('person.id')
      .limit(limit + 1);
    // Not LIKE: what is looked for is never a pattern.
    if (q !== undefined) query.andWhere('position(lower(:q) in lower(person.email)) > 0', { q });
    if (role !== undefined) query.andWhere('person.role = :role', { role });
    if (disabled !== undefined) query.andWhere(`person.disabled_at IS ${disabled ? 'NOT NULL' : 'NULL'}`);
    if (cursor !== undefined) query.andWhere('person.id > :after', { after: decodeUuidCursor(cursor) });
    return toPage(
      await query.getMany(),
      limit,
      ({ id }) => id,
      (user) => user,
    );
  }

  async get(id: string): Promise<UserEntity> {
    const user = await this.dataSource.getRepository(UserEntity).findOneBy({ id });
    if (!user) throw new DomainError('not_found', 'There is no such user.');
    return user;
  }

  /** Of these, by id; for lists that name people. */
  async emails(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    if (ids.length === 0) return new Map();
    const users = await this.dataSource.getRepository(UserEntity).findBy({ id: In([...new Set(ids)]) });
    return new Map(users.map(({ id, email }) => [id, email]));
  }
}
