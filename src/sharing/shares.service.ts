import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ErrorCode } from '@holdfast/protocol';
import type { z } from 'zod';
import { AccessEvents } from '../auth/access-events';
import type { Principal } from '../auth/principal';
import { DomainError } from '../kernel/domain-error';
import { Ids } from '../kernel/ids';
import { SessionAccess } from '../sessions/session-access';
import { RuntimeSettings } from '../settings/runtime-settings';
import type { SessionEntity } from '../sessions/session.entity';
import type { SessionShareEntity } from './session-share.entity';
import { type SharedSession, ShareRepository } from './share.repository';
import type { newShareSchema } from './sharing.schemas';

const TOKEN_BYTES = 32;
/** Live ones of a session: whoever needs more needs a project. */
const MAX_LIVE_SHARES = 50;

export interface MadeShare {
  readonly share: SessionShareEntity;
  /** Not to be had again. */
  readonly token: string;
}

/** Links into one session. */
@Injectable()
export class SharesService {
  constructor(
    private readonly access: SessionAccess,
    private readonly shares: ShareRepository,
    private readonly ids: Ids,
    private readonly events: AccessEvents,
    private readonly settings: RuntimeSettings,
  ) {}

  async create(principal: Principal, sessionId: string, wish: z.output<typeof newShareSchema>): Promise<MadeShare> {
    const session = await this.access.findManaged(principal, sessionId);
    this.requireAllowed();
    const current = (await this.shares.live(session.storageKey)).length;
    if (current >= MAX_LIVE_SHARES) {
      throw new DomainError(ErrorCode.conflict, `This session has ${MAX_LIVE_SHARES} links; take one back first.`, {
        details: { limit: 'links of a session', value: MAX_LIVE_SHARES, current },
      });
    }
    const token = this.ids.secret(TOKEN_BYTES);
    const { access, expiresInSeconds, label = null, maxUses = null } = wish;
    const share = await this.shares.insert({
      ...{ id: this.ids.uuid(), storageKey: session.storageKey, createdBy: principal.userId },
      ...{ access, label, maxUses, tokenHash: hashOf(token), lifeMs: expiresInSeconds * 1000 },
    });
    return { share, token };
  }

  async list(principal: Principal, sessionId: string): Promise<SessionShareEntity[]> {
    return this.shares.live((await this.findForEnding(principal, sessionId)).storageKey);
  }

  /** Whoever came in by it is out, everywhere. */
  async revoke(principal: Principal, sessionId: string, shareId: string): Promise<void> {
    const { storageKey } = await this.findForEnding(principal, sessionId);
    if (!(await this.shares.revoke(storageKey, shareId))) {
      throw new DomainError(ErrorCode.shareNotFound, 'There is no such link, or it was taken back before.');
    }
    this.events.emit('share.revoked', { shareId });
  }

  async redeem(principal: Principal, token: string): Promise<SharedSession> {
    this.requireAllowed();
    const found = await this.shares.redeem(hashOf(token), principal.userId);
    if (found) return found;
    throw new DomainError(
      ErrorCode.shareNotFound,
      'This link does not open anything (any more) for you. Ask whoever gave it to you for a new one.',
    );
  }

  private requireAllowed(): void {
    if (this.settings.current.sharingAllowed) return;
    throw new DomainError(ErrorCode.forbidden, 'Links are switched off on this server; ask an administrator.');
  }

  sharedWith({ userId }: Principal): Promise<SharedSession[]> {
    return this.shares.sharedWith(userId);
  }

  /** Administrators may take links back everywhere, and make none. */
  private async findForEnding(principal: Principal, sessionId: string): Promise<SessionEntity> {
    if (principal.role !== 'admin') return this.access.findManaged(principal, sessionId);
    return (await this.access.find(principal, sessionId)).session;
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
