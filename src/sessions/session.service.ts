import { Injectable } from '@nestjs/common';
import type { Principal } from '../auth/principal';
import type { ProjectRole } from '../projects/project-role';
import type { EpochInfo, HostSession } from '../pty-host/wire/host-messages';
import { SessionAccess } from './session-access';
import { type OpenedSession, SessionOpener, type OpenSession } from './session-opener';
import { SessionProcesses } from './session-processes';
import { type SessionListFilter, SessionStore } from './session-store';
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
  ) {}

  /** See {@link SessionOpener.open}. */
  open(principal: Principal, request: OpenSession): Promise<OpenedSession> {
    return this.opener.open(principal, request);
  }

  /** Throws `session_not_found` also for sessions the caller may not see. */
  find(principal: Principal, sessionId: string): Promise<{ session: SessionEntity; role: ProjectRole }> {
    return this.access.find(principal, sessionId);
  }

  /** As `find`, for what a viewer may not do. */
  findWritable(principal: Principal, sessionId: string): Promise<SessionEntity> {
    return this.access.findWritable(principal, sessionId);
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

  /** Ends the process. An ended session is removed instead, with its transcript. */
  async delete(session: SessionEntity): Promise<void> {
    const sessionId = session.storageKey;
    if (session.status !== 'ended') return this.processes.terminate(sessionId);
    await this.processes.remove(sessionId);
    await this.store.remove(sessionId);
  }
}
