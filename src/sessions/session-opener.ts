import { Injectable } from '@nestjs/common';
import { ErrorCode, type Role } from '@holdfast/protocol';
import type { Principal } from '../auth/principal';
import { isForeignKeyViolation } from '../infrastructure/database/database-errors';
import { DomainError } from '../kernel/domain-error';
import { Ids } from '../kernel/ids';
import type { ProjectRole } from '../projects/project-role';
import type { HostSession, Launch } from '../pty-host/wire/host-messages';
import { OpenAttempts } from './open-attempts';
import { SessionAccess, sessionNotFound } from './session-access';
import { OneAtATime } from './one-at-a-time';
import { parseSessionId, type SessionIdRequest, storageKey } from './session-ids';
import { SessionProcesses, wasLost } from './session-processes';
import { SessionStore } from './session-store';
import type { SessionEntity, SessionGateway } from './session.entity';

const MAX_ATTEMPTS = 3;

export interface OpenSession {
  readonly projectId: string;
  readonly sessionId?: string | null;
  readonly cols: number;
  readonly rows: number;
  readonly gateway: SessionGateway;
  readonly profile: string;
  /** Only a writer starts a session again whose host was lost; a viewer is shown how it ended. */
  readonly role: Role;
  /** What to run when a process has to be made. */
  readonly launch: (session: { readonly id: string; readonly projectId: string }) => Launch;
}

export interface OpenedSession {
  /** Under which the PTY host knows it. */
  readonly key: string;
  readonly sessionId: string;
  readonly projectId: string;
  /** By this call: the first process of the session, or the next one after its host was lost. */
  readonly created: boolean;
  readonly projectRole: ProjectRole;
  readonly host: HostSession;
  /** The legacy id that led here. */
  readonly migratedFrom?: string;
}

/** Which session is meant, who may have it, and that it has a process. */
@Injectable()
export class SessionOpener {
  /** In this process; the host and the database settle races between processes. */
  private readonly opening = new OneAtATime();

  constructor(
    private readonly store: SessionStore,
    private readonly access: SessionAccess,
    private readonly processes: SessionProcesses,
    private readonly attempts: OpenAttempts,
    private readonly ids: Ids,
  ) {}

  /**
   * Finds or makes a session and its process; any number of calls for one id make one process.
   * Errors: `bad_session_id`, `forbidden`, `session_limit`, `session_ended`, `host_unavailable`, `launch_failed`,
   * `database_unavailable`, `circuit_open`.
   */
  open(principal: Principal, request: OpenSession): Promise<OpenedSession> {
    const wanted = parseSessionId(request.sessionId);
    return this.attempts.run(attemptKey(principal, request.projectId, wanted), () =>
      this.openWanted(principal, request, wanted),
    );
  }

  /** How long an `open` of this session would be refused without an attempt. */
  blockedForMs(principal: Principal, projectId: string, sessionId: string | undefined): number {
    try {
      return this.attempts.blockedForMs(attemptKey(principal, projectId, parseSessionId(sessionId)));
    } catch {
      // A bad id is refused when it is opened, like every other.
      return 0;
    }
  }

  private async openWanted(
    principal: Principal,
    request: OpenSession,
    wanted: SessionIdRequest,
  ): Promise<OpenedSession> {
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      try {
        return await this.openOnce(principal, request, wanted);
      } catch (error) {
        if (!isForeignKeyViolation(error)) throw error;
        // The project was deleted between our look and our insert: the next attempt makes it again, or is refused.
        await this.access.forget(principal, request.projectId);
      }
    }
    throw new DomainError(ErrorCode.conflict, 'The project is being deleted; try again.', { retryable: true });
  }

  private async openOnce(principal: Principal, request: OpenSession, wanted: SessionIdRequest): Promise<OpenedSession> {
    const { projectId } = request;
    const key = wanted.kind === 'current' ? storageKey(wanted.id, projectId) : undefined;
    const role = await this.access.roleForOpening(principal, projectId, key);
    switch (wanted.kind) {
      case 'new':
        return this.openNew(principal, request, this.ids.sessionId(Date.now()), role);
      case 'current':
        return this.opening.run(storageKey(wanted.id, projectId), () =>
          this.openKnown(principal, request, wanted.id, role),
        );
      case 'legacy':
        return this.opening.run(`${principal.userId}:${storageKey(wanted.id, projectId)}`, async () => {
          const id = await this.resolveLegacy(principal, request, wanted.id);
          return { ...(await this.openKnown(principal, request, id, role)), migratedFrom: wanted.id };
        });
    }
  }

  /** An id that may exist already. */
  private async openKnown(
    principal: Principal,
    request: OpenSession,
    id: string,
    projectRole: ProjectRole,
  ): Promise<OpenedSession> {
    const { projectId } = request;
    const key = storageKey(id, projectId);
    const known = await this.store.findByKey(key);
    if (!known) return this.openNew(principal, request, id, projectRole);
    assertSameGateway(known, request.gateway);
    // Looking makes no process: neither of what has ended, nor for somebody who may only look.
    const mayStart = projectRole !== 'viewer' && request.role !== 'viewer';
    if (known.status === 'ended' || projectRole === 'viewer') {
      const host = await this.processes.find(key);
      if (!mayStart || !wasLost(host)) return { key, sessionId: id, projectId, created: false, projectRole, host };
      await this.store.assertRoom(projectId);
    }
    return this.run(request, request.launch({ id, projectId }), id, projectRole, known.ownerId);
  }

  private async openNew(
    principal: Principal,
    request: OpenSession,
    id: string,
    projectRole: ProjectRole,
  ): Promise<OpenedSession> {
    const { projectId } = request;
    // Before anything is written: a gateway that cannot launch leaves no trace.
    const launch = request.launch({ id, projectId });
    if (projectRole === 'viewer') throw sessionNotFound(id);
    await this.insert(principal, request, id);
    return this.run(request, launch, id, projectRole, principal.userId);
  }

  private async run(
    request: OpenSession,
    launch: Launch,
    id: string,
    projectRole: ProjectRole,
    ownerId: string,
  ): Promise<OpenedSession> {
    const { projectId } = request;
    const key = storageKey(id, projectId);
    const { created, host } = await this.processes.start(key, launch, {
      ...request,
      ownerId,
      mayReplace: request.role === 'writer',
    });
    return { key, sessionId: id, projectId, created, projectRole, host };
  }

  private async resolveLegacy(principal: Principal, request: OpenSession, legacyId: string): Promise<string> {
    const { projectId } = request;
    const ownerId = principal.userId;
    const alias = await this.store.findAlias({ legacyId, projectId, ownerId });
    if (alias) return idOf(alias, projectId);
    const id = this.ids.sessionId(Date.now());
    await this.insert(principal, request, id);
    const mine = storageKey(id, projectId);
    const meant = await this.store.insertAlias({ legacyId, projectId, ownerId, storageKey: mine });
    // Another gateway was faster: its session is the one, ours never had a process.
    if (meant !== mine) await this.store.remove(mine);
    return idOf(meant, projectId);
  }

  private async insert(
    { userId: ownerId }: Principal,
    { projectId, gateway, profile, cols, rows }: OpenSession,
    id: string,
  ): Promise<void> {
    this.processes.assertRoom();
    await this.store.insert({ id, projectId, ownerId, gateway, profile, cols, rows });
    this.processes.created(storageKey(id, projectId), ownerId);
  }
}

/** Attempts to make new sessions fail together: those of one user in one project. */
function attemptKey({ userId }: Principal, projectId: string, wanted: SessionIdRequest): string {
  return storageKey(wanted.kind === 'new' ? `new-${userId}` : wanted.id, projectId);
}

function assertSameGateway(session: SessionEntity, gateway: SessionGateway): void {
  if (session.gateway === gateway) return;
  throw new DomainError(ErrorCode.badRequest, `Session ${session.id} belongs to the ${session.gateway} gateway.`);
}

function idOf(key: string, projectId: string): string {
  return key.slice(0, -storageKey('', projectId).length);
}
