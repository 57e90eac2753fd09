import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager, In, IsNull, LessThan, MoreThan, Not } from 'typeorm';
import { Clock } from '../kernel/clock';
import { SessionGrantEntity } from './session-grant.entity';
import { type GrantKey, LIVE_SHARES } from './session-grants';
import { SessionShareEntity } from './session-share.entity';

export type NewShare = Pick<SessionShareEntity, 'id' | 'storageKey' | 'createdBy' | 'access'> & {
  readonly tokenHash: string | null;
  readonly label: string | null;
  readonly maxUses: number | null;
  readonly lifeMs: number;
};

/** A session that was shared with somebody. */
export interface SharedSession {
  readonly shareId: string;
  readonly sessionId: string;
  readonly projectId: string;
  readonly name: string | null;
  readonly title: string;
  readonly access: SessionShareEntity['access'];
  readonly expiresAt: Date;
}

/** Ended ones are kept for so long, for whoever asks afterwards who could see what. */
const KEEP_ENDED_MS = 30 * 24 * 3600 * 1000;
/** In lists: nobody reads more. */
const MAX_LISTED = 200;

/** Shares and grants in PostgreSQL. */
@Injectable()
export class ShareRepository {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {}

  async insert({ lifeMs, ...share }: NewShare): Promise<SessionShareEntity> {
    const shares = this.dataSource.getRepository(SessionShareEntity);
    await shares.delete({ expiresAt: LessThan(this.after(-KEEP_ENDED_MS)) });
    return shares.save(shares.create({ ...share, expiresAt: this.after(lifeMs), revokedAt: null, uses: 0 }));
  }

  /** Those with a link that are neither over nor taken back, newest first. */
  live(storageKey: string): Promise<SessionShareEntity[]> {
    return this.dataSource.getRepository(SessionShareEntity).find({
      where: { storageKey, access: Not('watch'), revokedAt: IsNull(), expiresAt: MoreThan(this.after(0)) },
      order: { createdAt: 'DESC' },
      take: MAX_LISTED,
    });
  }

  /** False: there is none, or it was taken back before. */
  async revoke(storageKey: string, id: string): Promise<boolean> {
    const shares = this.dataSource.getRepository(SessionShareEntity);
    const result = await shares.update({ id, storageKey, revokedAt: IsNull() }, { revokedAt: this.after(0) });
    return result.affected === 1;
  }

  /** Of one administrator; answers which. */
  async revokeWatches(storageKey: string, createdBy: string): Promise<string[]> {
    const shares = this.dataSource.getRepository(SessionShareEntity);
    const watches = await shares.findBy({ storageKey, createdBy, access: 'watch', revokedAt: IsNull() });
    const ids = watches.map(({ id }) => id);
    if (ids.length > 0) await shares.update({ id: In(ids) }, { revokedAt: this.after(0) });
    return ids;
  }

  /** Whatever let this user into the session; answers what that was. */
  async revokeGrants(storageKey: string, userId: string): Promise<GrantKey[]> {
    const [rows] = await this.dataSource.query<[{ share_id: string }[], number]>(
      `UPDATE session_grants g SET revoked_at = $3 FROM session_shares s
       WHERE s.id = g.share_id AND s.storage_key = $1 AND g.user_id = $2 AND g.revoked_at IS NULL RETURNING g.share_id`,
      [storageKey, userId, this.after(0)],
    );
    return rows.map(({ share_id: shareId }) => ({ shareId, userId }));
  }

  async grant(shareId: string, userId: string): Promise<void> {
    await this.dataSource.getRepository(SessionGrantEntity).insert({ shareId, userId });
  }

  /** Lets the user in. The same person counts once; undefined = the link lets nobody in, or not this one, or not any more. */
  redeem(tokenHash: string, userId: string): Promise<SharedSession | undefined> {
    return this.dataSource.transaction(async (manager) => {
      // The lock: of two who race for the last use, the second one sees what the first did.
      const share = await manager.findOne(SessionShareEntity, {
        where: { tokenHash },
        lock: { mode: 'pessimistic_write' },
      });
      if (!share) return undefined;
      const [found] = await this.shared(manager, 'share.id = $2', share.id);
      if (!found) return undefined;
      const grant = await manager.findOneBy(SessionGrantEntity, { shareId: share.id, userId });
      if (grant) return grant.revokedAt === null ? found : undefined;
      if (share.maxUses !== null && share.uses >= share.maxUses) return undefined;
      await manager.insert(SessionGrantEntity, { shareId: share.id, userId });
      await manager.increment(SessionShareEntity, { id: share.id }, 'uses', 1);
      return found;
    });
  }

  /** What was shared with this user, what ends last first. */
  sharedWith(userId: string): Promise<SharedSession[]> {
    const granted = `SELECT share_id FROM session_grants WHERE user_id = $2 AND revoked_at IS NULL`;
    return this.shared(this.dataSource.manager, `share.id IN (${granted})`, userId);
  }

  private shared(manager: EntityManager, condition: string, value: string): Promise<SharedSession[]> {
    return manager.query<SharedSession[]>(
      `SELECT share.id AS "shareId", share.access, share.expires_at AS "expiresAt",
              session.id AS "sessionId", session.project_id AS "projectId", session.name, session.title
       FROM ${LIVE_SHARES} JOIN sessions session ON session.storage_key = share.storage_key
       WHERE ${condition} ORDER BY share.expires_at DESC LIMIT ${MAX_LISTED}`,
      [this.after(0), value],
    );
  }

  private after(ms: number): Date {
    return new Date(this.clock.now() + ms);
  }
}
