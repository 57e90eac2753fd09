import { Injectable } from '@nestjs/common';
import { ErrorCode } from '@holdfast/protocol';
import type { Principal } from '../auth/principal';
import { DomainError } from '../kernel/domain-error';
import type { ProjectRole } from '../projects/project-role';
import type { EpochInfo, HostSession } from '../pty-host/wire/host-messages';
import type { GuestPass } from '../sharing/session-grants';
import { SessionAccess } from './session-access';
import { SessionExtensions } from './session-extensions';
import { type OpenedSession, SessionOpener, type OpenSession } from './session-opener';
import { SessionProcesses } from './session-processes';
import { type SessionListFilter, SessionStore } from './session-store';
import type { ClaudeSessionChange } from './session.schemas';
import type { SessionEntity } from './session.entity';

/** A session's record, and what the PTY host says of it now. */
export interface DescribedSession {
  readonly session: SessionEntity;
  readonly host: HostSession | undefined;
}

export interface DetailedSession extends DescribedSession {
  /** Those whose output is held, oldest first; absent while the host cannot be asked. */
  readonly epochs: readonly EpochInfo[] | undefined;
}

/** Sessions from the outside. */
@Injectable()
export class SessionService {
  constructor(
    private readonly opener: SessionOpener,
    private readonly access: SessionAccess,
    private readonly store: SessionStore,
    private readonly processes: SessionProcesses,
    private readonly extensions: SessionExtensions,
  ) {}

  /** See {@link SessionOpener.open}. */
  open(principal: Principal, request: OpenSession): Promise<OpenedSession> {
    return this.opener.open(principal, request);
  }

  /** Throws `session_not_found` also for sessions the caller may not see. */
  find(principal: Principal, sessionId: string): Promise<{ session: SessionEntity; role: ProjectRole }> {
    return this.access.find(principal, sessionId);
  }

  /** Asks again, once the attachment is known to whoever ends it: what was taken back in between ends it, too. */
  isStillGuest(principal: Principal, guest: GuestPass): Promise<boolean> {
    return this.access.isStillGuest(principal, guest);
  }

  /** As `find`, for what was said in it: an administrator who is not a member has to watch. */
  findReadable(principal: Principal, sessionId: string): Promise<{ session: SessionEntity; role: ProjectRole }> {
    return this.access.findReadable(principal, sessionId);
  }

  /** As `find`, for what a viewer may not do. */
  findWritable(principal: Principal, sessionId: string): Promise<SessionEntity> {
    return this.access.findWritable(principal, sessionId);
  }

  /** As `findReadable`, for typing into it. */
  findTypable(principal: Principal, sessionId: string): Promise<SessionEntity> {
    return this.access.findTypable(principal, sessionId);
  }

  async list(
    principal: Principal,
    filter: SessionListFilter,
  ): Promise<{ readonly items: readonly DescribedSession[]; readonly degraded: boolean }> {
    const { sessions, degraded } = await this.store.list(filter, await this.access.viewer(principal));
    const live = await this.processes.byKey();
    return { items: sessions.map((session) => ({ session, host: live.get(session.storageKey) })), degraded };
  }

  async describe(session: SessionEntity): Promise<DetailedSession> {
    const info = await this.processes.info(session.storageKey).catch(() => undefined);
    return { session, host: info?.session, epochs: info?.epochs };
  }

  rename(session: SessionEntity, name: string | null): Promise<void> {
    return this.store.setName(session.storageKey, name);
  }

  keep(session: SessionEntity, keep: boolean): Promise<void> {
    return this.store.setKeep(session.storageKey, keep);
  }

  /** Throws `bad_request` for a session that is no conversation. */
  async changeClaude(session: SessionEntity, change: ClaudeSessionChange): Promise<void> {
    if (session.gateway !== 'claude') {
      throw new DomainError(ErrorCode.badRequest, 'This is not a Claude session; only those have these settings.');
    }
    await this.extensions.of(session)?.change(session, change);
  }

  /** Ends the process. An ended session is removed instead, with its transcript; also one that is hibernated, with its conversation. */
  async delete(session: SessionEntity): Promise<void> {
    const key = session.storageKey;
    if (!(await this.hasEnded(session))) return this.processes.terminate(key);
    await this.processes.remove(key);
    await this.store.remove(key);
    this.extensions.of(session)?.removed(session);
  }

  /** The host knows first: the record says it once its write has come through the outbox. */
  private async hasEnded({ status, storageKey }: SessionEntity): Promise<boolean> {
    return status === 'ended' || Boolean((await this.processes.findIfHeld(storageKey))?.exit);
  }
}
