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
import { isReplaceable } from './replaceable';
import { SessionProcesses, transcriptGone } from './session-processes';
import { memberRights, type SessionRights } from './session-rights';
import { SessionStore } from './session-store';
import type { SessionEntity, SessionGateway } from './session.entity';

const MAX_ATTEMPTS = 3;

export interface OpenSession {
  readonly projectId: string;
  readonly sessionId?: string | null;
  readonly cols: number;
  readonly rows: number;
  readonly gateway: SessionGateway;
  /** Only a writer starts a session again that may have another process; a viewer is shown how it ended. */
  readonly role: Role;
  /** Which launch profile a new session gets, given what the caller may do. */
  readonly profileFor: (projectRole: ProjectRole) => Promise<string>;
  /** What to run; asked only when a process has to be made. */
  readonly launch: (session: SessionToLaunch) => Promise<Launch>;
}

/** A session that needs a process. */
export interface SessionToLaunch {
  readonly id: string;
  readonly projectId: string;
  /** Whose session it is; not always who opens it. */
  readonly ownerId: string;
  readonly profile: string;
  /** Of who opens it. */
  readonly projectRole: ProjectRole;
}

export interface OpenedSession {
  /** Under which the PTY host knows it. */
  readonly key: string;
  readonly sessionId: string;
  readonly projectId: string;
  /** By this call: the first process of the session, or the next one. */
  readonly created: boolean;
  readonly rights: SessionRights;
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
   * `launcher_unavailable`, `launcher_unsafe`, `profile_not_found`, `workspace_full`, `workspace_unusable`, `database_unavailable`,
   * `circuit_open`.
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
    switch (wanted.kind) {
      case 'new': {
        const role = await this.access.roleForOpening(principal, projectId);
        return this.openNew(principal, request, this.ids.sessionId(Date.now()), role);
      }
      case 'current': {
        const key = storageKey(wanted.id, projectId);
        const known = await this.store.findByKey(key);
        // What exists needs no turn: hundreds may come back to it at once.
        if (known) return this.openExisting(principal, known, request);
        const role = await this.access.roleForOpening(principal, projectId);
        return this.opening.run(key, () => this.openKnown(principal, request, wanted.id, role));
      }
      case 'legacy': {
        const role = await this.access.roleForOpening(principal, projectId);
        return this.opening.run(`${principal.userId}:${storageKey(wanted.id, projectId)}`, async () => {
          const id = await this.resolveLegacy(principal, request, wanted.id, role);
          return { ...(await this.openKnown(principal, request, id, role)), migratedFrom: wanted.id };
        });
      }
    }
  }

  /** An id that may exist already. */
  private async openKnown(
    principal: Principal,
    request: OpenSession,
    id: string,
    projectRole: ProjectRole,
  ): Promise<OpenedSession> {
    const known = await this.store.findByKey(storageKey(id, request.projectId));
    return known ? this.openExisting(principal, known, request) : this.openNew(principal, request, id, projectRole);
  }

  private async openExisting(principal: Principal, known: SessionEntity, request: OpenSession): Promise<OpenedSession> {
    const { id, projectId } = known;
    const key = storageKey(id, projectId);
    const rights = await this.access.rightsOn(principal, known);
    // Refused as for an id that nobody has used, so that nobody learns which ones exist.
    if (!rights) await this.access.roleForOpening(principal, projectId);
    if (!rights) throw sessionNotFound(id);
    assertSameGateway(known, request.gateway);
    const there = await this.findUsable(key, known, request, rights);
    if (there) return { key, sessionId: id, projectId, created: false, rights, host: there };
    // Hundreds may come back at once to one that has ended: the first one starts it, the others find it started.
    return this.opening.run(`start ${key}`, async () => {
      const host = await this.findUsable(key, known, request, rights);
      if (host) return { key, sessionId: id, projectId, created: false, rights, host };
      if (known.status === 'ended') await this.store.assertRoom(known);
      const { ownerId, profile } = known;
      const session = { id, projectId, ownerId, profile, projectRole: rights.role };
      return this.run(request, session, rights, await request.launch(session));
    });
  }

  /** What this caller is shown as it is; undefined = a process has to be made for them. */
  private async findUsable(
    key: string,
    known: SessionEntity,
    { role }: OpenSession,
    rights: SessionRights,
  ): Promise<HostSession | undefined> {
    const host = await this.processes.findIfHeld(key);
    const mayStart = rights.role !== 'viewer' && role !== 'viewer';
    if (host) return mayStart && isReplaceable(host) ? undefined : host;
    // Looking makes no process: neither of what has ended, nor for somebody who may only look.
    if (known.status === 'ended' || rights.role === 'viewer') throw transcriptGone();
    return undefined;
  }

  private async openNew(
    principal: Principal,
    request: OpenSession,
    id: string,
    projectRole: ProjectRole,
  ): Promise<OpenedSession> {
    const session = await newSession(principal, request, id, projectRole);
    // Before anything is written: what cannot be launched leaves no trace.
    const launch = await request.launch(session);
    await this.insert(request, session);
    return this.run(request, session, memberRights(projectRole, principal, session), launch);
  }

  private async run(
    { gateway, cols, rows, role }: OpenSession,
    { id, projectId, ownerId, profile }: SessionToLaunch,
    rights: SessionRights,
    launch: Launch,
  ): Promise<OpenedSession> {
    const key = storageKey(id, projectId);
    const options = { ownerId, gateway, profile, cols, rows, mayReplace: role === 'writer' };
    const { created, host } = await this.processes.start(key, launch, options);
    return { key, sessionId: id, projectId, created, rights, host };
  }

  private async resolveLegacy(
    principal: Principal,
    request: OpenSession,
    legacyId: string,
    projectRole: ProjectRole,
  ): Promise<string> {
    const { projectId } = request;
    const ownerId = principal.userId;
    const alias = await this.store.findAlias({ legacyId, projectId, ownerId });
    if (alias) return idOf(alias, projectId);
    const id = this.ids.sessionId(Date.now());
    const session = await newSession(principal, request, id, projectRole);
    await request.launch(session);
    await this.insert(request, session);
    const mine = storageKey(id, projectId);
    const meant = await this.store.insertAlias({ legacyId, projectId, ownerId, storageKey: mine });
    // Another gateway was faster: its session is the one, ours never had a process.
    if (meant !== mine) await this.store.remove(mine);
    return idOf(meant, projectId);
  }

  private async insert({ gateway, cols, rows }: OpenSession, session: SessionToLaunch): Promise<void> {
    const { id, projectId, ownerId, profile } = session;
    this.processes.assertRoom();
    await this.store.insert({ id, projectId, ownerId, gateway, profile, cols, rows });
    this.processes.created(storageKey(id, projectId), ownerId);
  }
}

async function newSession(
  { userId: ownerId }: Principal,
  { projectId, profileFor }: OpenSession,
  id: string,
  projectRole: ProjectRole,
): Promise<SessionToLaunch> {
  if (projectRole === 'viewer') throw sessionNotFound(id);
  return { id, projectId, projectRole, ownerId, profile: await profileFor(projectRole) };
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
