import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, IsNull, MoreThan } from 'typeorm';
import { decodeUuidCursor, type Page, type PageQuery, toPage } from '../infrastructure/http/page';
import { Clock } from '../kernel/clock';
import { DomainError } from '../kernel/domain-error';
import { LoginFamilies } from './login-families';
import { LoginFamilyEntity } from './login-family.entity';

/** The logins of a user as others look at them. */
@Injectable()
export class Logins {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly families: LoginFamilies,
    private readonly clock: Clock,
  ) {}

  /** Those that go on. */
  async list(userId: string, { limit, cursor }: PageQuery): Promise<Page<LoginFamilyEntity>> {
    const rows = await this.dataSource.getRepository(LoginFamilyEntity).find({
      where: {
        userId,
        revokedAt: IsNull(),
        expiresAt: MoreThan(new Date(this.clock.now())),
        ...(cursor !== undefined && { id: MoreThan(decodeUuidCursor(cursor)) }),
      },
      order: { id: 'ASC' },
      take: limit + 1,
    });
    return toPage(
      rows,
      limit,
      ({ id }) => id,
      (login) => login,
    );
  }

  async end(userId: string, loginId: string): Promise<void> {
    const exists = await this.dataSource.getRepository(LoginFamilyEntity).existsBy({ id: loginId, userId });
    if (!exists) throw new DomainError('not_found', 'This user has no such login.');
    await this.families.revoke(loginId, 'ended-by-administrator');
  }

  endAll(userId: string): Promise<void> {
    return this.families.revokeAllOf(userId, 'ended-by-administrator');
  }
}
