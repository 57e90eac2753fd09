import { Injectable } from '@nestjs/common';
import { ErrorCode } from '@holdfast/protocol';
import { AccessEvents } from '../auth/access-events';
import { DomainError } from '../kernel/domain-error';
import { Ids } from '../kernel/ids';
import { PtyHostClient } from '../pty-client/pty-host-client';
import { type CompanyMessage, labelled, type LabelledMember } from './company-message';
import { ShareRepository } from './share.repository';

/** The people who are at a session now, on whichever gateway. */
@Injectable()
export class SessionCompany {
  constructor(
    private readonly host: PtyHostClient,
    private readonly shares: ShareRepository,
    private readonly events: AccessEvents,
    private readonly ids: Ids,
  ) {}

  /** Of an attachment, or of a request to type. */
  newId(): string {
    return this.ids.uuid();
  }

  /** None, when the host holds nothing of the session. */
  async members(key: string): Promise<LabelledMember[]> {
    try {
      const { audience = [] } = await this.host.request('info', { sessionId: key });
      return labelled(audience);
    } catch (error) {
      if (error instanceof DomainError && error.code === ErrorCode.sessionNotFound) return [];
      throw error;
    }
  }

  /** Answers how many attachments were told. */
  async send(key: string, message: CompanyMessage, to?: string): Promise<number> {
    const relayed = { sessionId: key, to, message: JSON.stringify(message) };
    return (await this.host.request('relay', relayed)).delivered;
  }

  /** Whoever came by a link cannot use it again; a member of the project can come back, until he is removed from it. */
  async sendAway(key: string, userId: string): Promise<void> {
    const isHere = (await this.members(key)).some(({ label }) => label.user.id === userId);
    const grants = await this.shares.revokeGrants(key, userId);
    if (!isHere && grants.length === 0) {
      throw new DomainError(ErrorCode.notFound, 'This user is not at the session, and was not let in by a link.');
    }
    // Told first, so that they hear why; should that be lost, the grant is gone all the same.
    await this.send(key, { kind: 'kicked', userId }).finally(() => {
      for (const grant of grants) this.events.emit('grant.revoked', grant);
    });
  }
}
