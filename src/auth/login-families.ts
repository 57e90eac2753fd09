import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager, type FindOptionsWhere, IsNull, LessThan, MoreThan, Not } from 'typeorm';
import { CONFIG, type Config } from '../../config/environment';
import { Clock } from '../kernel/clock';
import { Ids } from '../kernel/ids';
import type { UserEntity } from '../users/user.entity';
import { AccessEvents } from './access-events';
import { LoginFamilyEntity } from './login-family.entity';

export type RevokeReason =
  | 'logout'
  | 'refresh-token-reused'
  | 'password-changed'
  | 'password-reset'
  | 'two-factor-changed'
  | 'user-disabled'
  | 'role-changed'
  | 'ended-by-administrator';

/** From where somebody logs in; shown to them later, never trusted. */
export interface LoginOrigin {
  readonly ip?: string;
  readonly userAgent?: string;
}

const DAY_MS = 24 * 3600 * 1000;
const MAX_USER_AGENT = 256;

/** Logins, from the first token to the last. */
@Injectable()
export class LoginFamilies {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly events: AccessEvents,
    private readonly clock: Clock,
    private readonly ids: Ids,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Returns the id of a new login. What this user's earlier logins left behind goes. */
  async begin(userId: string, origin: LoginOrigin, manager: EntityManager): Promise<string> {
    const families = manager.getRepository(LoginFamilyEntity);
    await families.delete({ userId, expiresAt: LessThan(this.after(0)) });
    const id = this.ids.uuid();
    const { ip = null, userAgent } = origin;
    const shortened = userAgent?.slice(0, MAX_USER_AGENT) ?? null;
    const confirmedAt = this.after(0);
    await families.insert({ id, userId, ...this.renewal(), confirmedAt, ip, userAgent: shortened });
    return id;
  }

  /** The user of this login has just proved again who they are. */
  async confirm(loginId: string): Promise<void> {
    await this.dataSource.getRepository(LoginFamilyEntity).update({ id: loginId }, { confirmedAt: this.after(0) });
  }

  async wasConfirmedWithin(loginId: string, ms: number): Promise<boolean> {
    const confirmedAt = MoreThan(this.after(-ms));
    return this.dataSource.getRepository(LoginFamilyEntity).existsBy({ id: loginId, confirmedAt });
  }

  /** The user of a login that may go on, which it then does for another while; undefined = it has ended. */
  async renew(loginId: string, manager: EntityManager): Promise<UserEntity | undefined> {
    const families = manager.getRepository(LoginFamilyEntity);
    const family = await families.findOne({ where: { id: loginId }, relations: { user: true } });
    const isLive = family?.revokedAt === null && family.expiresAt > this.after(0);
    if (!isLive || !family.user || family.user.disabledAt) return undefined;
    await families.update({ id: loginId }, this.renewal());
    return family.user;
  }

  /** Of these logins, the ones that have ended or whose user is disabled. */
  async endedOf(loginIds: readonly string[]): Promise<string[]> {
    const ended = await this.dataSource.query<{ id: string }[]>(
      `SELECT family.id FROM login_families family JOIN users ON users.id = family.user_id
       WHERE family.id = ANY ($1::uuid[]) AND (family.revoked_at IS NOT NULL OR users.disabled_at IS NOT NULL)`,
      [loginIds],
    );
    return ended.map(({ id }) => id);
  }

  async revoke(loginId: string, reason: RevokeReason): Promise<void> {
    await this.revokeWhere({ id: loginId }, reason);
  }

  async revokeAllOf(userId: string, reason: RevokeReason, exceptLoginId?: string): Promise<void> {
    await this.revokeWhere({ userId, ...(exceptLoginId !== undefined && { id: Not(exceptLoginId) }) }, reason);
  }

  /** In the database first, then everywhere. */
  private async revokeWhere(where: FindOptionsWhere<LoginFamilyEntity>, reason: RevokeReason): Promise<void> {
    const result = await this.dataSource
      .createQueryBuilder()
      .update(LoginFamilyEntity)
      .set({ revokedAt: this.after(0), revokeReason: reason })
      .where({ ...where, revokedAt: IsNull() })
      .returning('id')
      .execute();
    for (const { id } of result.raw as { id: string }[]) this.events.emit('login.revoked', { loginId: id });
  }

  private renewal(): { lastUsedAt: Date; expiresAt: Date } {
    return { lastUsedAt: this.after(0), expiresAt: this.after(this.config.auth.refreshTokenTtlDays * DAY_MS) };
  }

  private after(ms: number): Date {
    return new Date(this.clock.now() + ms);
  }
}
