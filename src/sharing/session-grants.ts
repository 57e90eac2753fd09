import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { Clock } from '../kernel/clock';
import type { ShareAccess } from './session-share.entity';

/** By what somebody who is not in the project is at a session. */
export interface GuestPass {
  readonly shareId: string;
  readonly access: ShareAccess;
  /** Unix milliseconds. */
  readonly expiresAtMs: number;
}

/** One person, let in by one share. */
export interface GrantKey {
  readonly shareId: string;
  readonly userId: string;
}

interface PassRow {
  readonly share_id: string;
  readonly access: ShareAccess;
  readonly expires_at: Date;
  readonly storage_key: string;
}

/**
 * Shares that count, as `share`: neither taken back nor over, and made by somebody who still has the say – else a link would outlive
 * the rights of whoever made it. `$1` is now.
 */
export const LIVE_SHARES = `
  (SELECT s.* FROM session_shares s
     JOIN sessions t ON t.storage_key = s.storage_key
     JOIN users c ON c.id = s.created_by
     LEFT JOIN project_members m ON m.project_id = t.project_id AND m.user_id = s.created_by
   WHERE s.revoked_at IS NULL AND s.expires_at > $1 AND c.disabled_at IS NULL
     AND CASE WHEN s.access = 'watch' THEN c.role = 'admin'
              ELSE c.role <> 'viewer' AND (m.role = 'owner' OR (t.owner_id = c.id AND (m.role = 'writer' OR c.role = 'admin')))
         END) share`;

/** Who is let into which session without being in its project. Never remembered: what was taken back is over. */
@Injectable()
export class SessionGrants {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {}

  /** The one that lasts longest, of all by which this user may see the session. */
  async passOf(userId: string, storageKey: string): Promise<GuestPass | undefined> {
    const [row] = await this.rows('share.storage_key = $3', userId, storageKey);
    return row && passOf(row);
  }

  /** As `passOf`, by the id alone: the first session of this id that the user may see. */
  async find(userId: string, sessionId: string): Promise<string | undefined> {
    const condition = 'share.storage_key IN (SELECT storage_key FROM sessions WHERE id = $3)';
    const [row] = await this.rows(condition, userId, sessionId);
    return row?.storage_key;
  }

  /** Of these, the ones that do not count any more. */
  async ended(grants: readonly GrantKey[]): Promise<GrantKey[]> {
    if (grants.length === 0) return [];
    const alive = await this.dataSource.query<{ share_id: string; user_id: string }[]>(
      `SELECT g.share_id, g.user_id FROM session_grants g JOIN ${LIVE_SHARES} ON share.id = g.share_id
       WHERE g.revoked_at IS NULL AND g.share_id = ANY ($2::uuid[])`,
      [this.now, grants.map(({ shareId }) => shareId)],
    );
    const keys = new Set(alive.map(({ share_id, user_id }) => `${share_id} ${user_id}`));
    return grants.filter(({ shareId, userId }) => !keys.has(`${shareId} ${userId}`));
  }

  private rows(condition: string, userId: string, value: string): Promise<PassRow[]> {
    return this.dataSource.query<PassRow[]>(
      `SELECT g.share_id, share.access, share.expires_at, share.storage_key
       FROM session_grants g JOIN ${LIVE_SHARES} ON share.id = g.share_id
       WHERE g.user_id = $2 AND g.revoked_at IS NULL AND ${condition}
       ORDER BY share.expires_at DESC LIMIT 1`,
      [this.now, userId, value],
    );
  }

  private get now(): Date {
    return new Date(this.clock.now());
  }
}

function passOf({ share_id: shareId, access, expires_at: expiresAt }: PassRow): GuestPass {
  return { shareId, access, expiresAtMs: expiresAt.getTime() };
}
