import { Injectable } from '@nestjs/common';
import type { HostSession } from '../pty-host/wire/host-messages';
import type { ClaudeSessionChange, ClaudeSessionView } from './session.schemas';
import type { SessionEntity, SessionGateway } from './session.entity';

/** What a gateway adds to its sessions in REST, and what it has to tidy up when one is gone. */
export interface SessionExtension {
  /** Undefined: nothing is known of it on this machine. */
  describe(session: SessionEntity, host: HostSession | undefined): ClaudeSessionView | undefined;
  change(session: SessionEntity, change: ClaudeSessionChange): void | Promise<void>;
  /** Its record and its transcript are removed. Does not throw; what it leaves is found later. */
  removed(session: SessionEntity): void;
}

/** Gateways are above sessions: they say what is theirs, instead of being asked for it. */
@Injectable()
export class SessionExtensions {
  private readonly byGateway = new Map<SessionGateway, SessionExtension>();

  register(gateway: SessionGateway, extension: SessionExtension): void {
    this.byGateway.set(gateway, extension);
  }

  of({ gateway }: SessionEntity): SessionExtension | undefined {
    return this.byGateway.get(gateway);
  }
}
