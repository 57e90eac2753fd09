import { Injectable } from '@nestjs/common';
import { ErrorCode } from '@holdfast/protocol';
import { AccessEvents } from '../auth/access-events';
import type { Principal } from '../auth/principal';
import { DomainError } from '../kernel/domain-error';
import { Ids } from '../kernel/ids';
import { SessionAccess } from '../sessions/session-access';
import type { SessionEntity } from '../sessions/session.entity';
import { ShareRepository } from './share.repository';

/** Administrators who look at what is not theirs: on record, and seen by whoever is there. */
@Injectable()
export class WatchesService {
  constructor(
    private readonly access: SessionAccess,
    private readonly shares: ShareRepository,
    private readonly ids: Ids,
    private readonly events: AccessEvents,
  ) {}

  async begin(admin: Principal, sessionId: string, seconds: number): Promise<{ session: SessionEntity; until: Date }> {
    const { session } = await this.access.find(admin, sessionId);
    if (await this.access.isParticipant(admin, session)) {
      throw new DomainError(ErrorCode.conflict, 'You are a member of this project: open the session like everybody.');
    }
    const { storageKey } = session;
    const lifeMs = seconds * 1000;
    const watch = { id: this.ids.uuid(), storageKey, createdBy: admin.userId, access: 'watch' as const, lifeMs };
    const share = await this.shares.insert({ ...watch, tokenHash: null, label: null, maxUses: null });
    await this.shares.grant(share.id, admin.userId);
    return { session, until: share.expiresAt };
  }

  async end(admin: Principal, sessionId: string): Promise<void> {
    const { session } = await this.access.find(admin, sessionId);
    const ended = await this.shares.revokeWatches(session.storageKey, admin.userId);
    for (const shareId of ended) this.events.emit('share.revoked', { shareId });
  }
}
