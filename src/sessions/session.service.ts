import { Inject, Injectable } from '@nestjs/common';
import { ErrorCode } from '@holdfast/protocol';
import { CONFIG, type Config } from '../../config/environment';
import type { Principal } from '../auth/principal';
import { isForeignKeyViolation } from '../infrastructure/database/database-errors';
import { DomainError } from '../kernel/domain-error';
import { Ids } from '../kernel/ids';
import type { ProjectRole } from '../projects/project-role';
import { ProjectsService } from '../projects/projects.service';
import type { HostSession, Launch } from '../pty-host/wire/host-messages';
import type { SessionEntity, SessionGateway } from './session.entity';
import { parseSessionId, storageKey } from './session-ids';
import { SessionProcesses } from './session-processes';
import { type NewSession, SessionRepository } from './session.repository';

const MAX_ATTEMPTS = 3;

export interface OpenSession {
  readonly projectId: string;
  readonly sessionId?: string | null;
  readonly cols: number;
  readonly rows: number;
  readonly gateway: SessionGateway;
  readonly profile: string;
  /** What to run when a process has to be made. */
  readonly launch: (session: { readonly id: string; readonly projectId: string }) => Launch;
}

export interface OpenedSession {
  /** Under which the PTY host knows it. */
  readonly key: string;
  readonly sessionId: string;
  readonly projectId: string;
  readonly created: boolean;
  readonly projectRole: ProjectRole;
  readonly host: HostSession;
  /** The legacy id that led here. */
  readonly migratedFrom?: string;
}

/** Sessions from the outside: which one is meant, who may have it, and that it has a process. */
@Injectable()
export class SessionService {
  /** One open of a session at a time in this process; the host and the database settle races between processes. */
  private readonly opening = new Map<string, Promise<unknown>>();

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly repository: SessionRepository,
    private readonly projects: ProjectsService,
    private readonly processes: SessionProcesses,
    private readonly ids: Ids,
  ) {}

  /**
   * Finds or makes a session and its process; any number of calls for one id make one process.
   * Errors: `bad_session_id`, `forbidden`, `session_limit`, `session_ended`, `host_unavailable`, `launch_failed`.
   */
  async open(principal: Principal, request: OpenSession): Promise<OpenedSession> {
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      try {
        return await this.openOnce(principal, request);
      } catch (error) {
        // The project was deleted between our look and our insert: the next attempt makes it again, or is refused.
        if (!isForeignKeyViolation(error)) throw error;
      }
    }
    throw new DomainError(ErrorCode.conflict, 'The project is being deleted; try again.', { retryable: true });
  }

  private async openOnce(principal: Principal, request: OpenSession): Promise<OpenedSession> {
    const wanted = parseSessionId(request.sessionId);
    const role = await this.projects.ensure(principal, request.projectId);
    const { projectId } = request;
    switch (wanted.kind) {
      case 'new':
        return this.openNew(principal, request, this.ids.sessionId(Date.now()), role);
      case 'current':
        return this.exclusively(storageKey(wanted.id, projectId), () =>
          this.openKnown(principal, request, wanted.id, role),
        );
      case 'legacy':
        return this.exclusively(`${principal.userId}:${storageKey(wanted.id, projectId)}`, async () => {
          const id = await this.resolveLegacy(principal, request, wanted.id);
          return { ...(await this.openKnown(principal, request, id, role)), migratedFrom: wanted.id };
        });
    }
  }

  /** Throws `session_not_found` also for sessions the caller may not see. */
  async find(principal: Principal, sessionId: string): Promise<{ session: SessionEntity; role: ProjectRole }> {
    const session = await this.repository.findById(sessionId, await this.visibleProjects(principal));
    const role = session && (await this.projects.roleOf(principal, session.projectId));
    if (!session || !role) throw notFound(sessionId);
    return { session, role };
  }

  /** As `find`, for what a viewer may not do. */
  async findWritable(principal: Principal, sessionId: string): Promise<SessionEntity> {
    const { session, role } = await this.find(principal, sessionId);
    if (role === 'viewer')
      throw new DomainError(
        ErrorCode.forbidden,
        'You are a viewer in this project. Ask its owner to make you a writer.',
      );
    return session;
  }

  async list(
    principal: Principal,
    filter: { projectId?: string; running?: boolean; after?: string; limit: number },
  ): Promise<{ session: SessionEntity; host: HostSession | undefined }[]> {
    const visible = await this.visibleProjects(principal);
    const { projectId, ...rest } = filter;
    const allowed = !projectId || !visible || visible.includes(projectId);
    const projectIds = projectId ? (allowed ? [projectId] : []) : visible;
    const sessions = await this.repository.list({ ...rest, projectIds });
    const live = await this.processes.byKey();
    return sessions.map((session) => ({ session, host: live.get(session.storageKey) }));
  }

  async describe(session: SessionEntity): Promise<{ session: SessionEntity; host: HostSession | undefined }> {
    return { session, host: await this.processes.find(session.storageKey).catch(() => undefined) };
  }

  rename(session: SessionEntity, name: string | null): Promise<void> {
    return this.repository.setName(session.storageKey, name);
  }

  keep(session: SessionEntity, keep: boolean): Promise<void> {
    return this.repository.setKeep(session.storageKey, keep);
  }

  /** Ends the process. An ended session is removed instead, with its transcript. */
  async delete(session: SessionEntity): Promise<void> {
    const sessionId = session.storageKey;
    if (session.status !== 'ended') {
      return this.processes.terminate(sessionId);
    }
    await this.processes.remove(sessionId);
    await this.repository.remove(sessionId);
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
    const known = await this.repository.findByKey(key);
    if (!known) return this.openNew(principal, request, id, projectRole);
    assertSameGateway(known, request.gateway);
    // Looking makes no process: neither of what has ended, nor for somebody who may only look.
    if (known.status === 'ended' || projectRole === 'viewer') {
      return {
        key,
        sessionId: id,
        projectId,
        created: false,
        projectRole,
        host: await this.processes.find(known.storageKey),
      };
    }
    return this.run(request, request.launch({ id, projectId }), id, projectRole, known.ownerId);
  }

  private async openNew(
    principal: Principal,
    request: OpenSession,
    id: string,
    projectRole: ProjectRole,
  ): Promise<OpenedSession> {
    const { projectId, cols, rows, gateway, profile } = request;
    // Before anything is written: a gateway that cannot launch leaves no trace.
    const launch = request.launch({ id, projectId });
    if (projectRole === 'viewer') throw notFound(id);
    await this.assertRoomFor(projectId);
    await this.insert({
      id,
      projectId,
      ownerId: principal.userId,
      hostId: this.config.nodeName,
      gateway,
      profile,
      cols,
      rows,
    });
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
    const { created, host } = await this.processes.start(key, launch, { ...request, ownerId });
    return { key, sessionId: id, projectId, created, projectRole, host };
  }

  private async resolveLegacy(principal: Principal, request: OpenSession, legacyId: string): Promise<string> {
    const { projectId, cols, rows, gateway, profile } = request;
    const ownerId = principal.userId;
    const alias = await this.repository.findAlias(legacyId, projectId, ownerId);
    if (alias) return idOf(alias.storageKey, projectId);
    await this.assertRoomFor(projectId);
    const id = this.ids.sessionId(Date.now());
    await this.insert({
      id,
      projectId,
      ownerId,
      hostId: this.config.nodeName,
      gateway,
      profile,
      cols,
      rows,
    });
    const mine = storageKey(id, projectId);
    const meant = await this.repository.insertAlias({ legacyId, projectId, ownerId, storageKey: mine });
    // Another gateway was faster: its session is the one, ours never had a process.
    if (meant !== mine) await this.repository.remove(mine);
    return idOf(meant, projectId);
  }

  private async insert(session: NewSession): Promise<void> {
    await this.repository.insert(session);
    this.processes.created(storageKey(session.id, session.projectId), session.ownerId);
  }

  private async assertRoomFor(projectId: string): Promise<void> {
    this.processes.assertRoom();
    const limit = this.config.sessions.maxPerProject;
    if ((await this.repository.countAlive(projectId)) < limit) return;
    throw new DomainError(
      ErrorCode.sessionLimit,
      `This project already has ${limit} running sessions (SESSION_MAX_PER_PROJECT). Terminate one first.`,
      { details: { limit } },
    );
  }

  /** `undefined`: all of them. */
  private async visibleProjects(principal: Principal): Promise<readonly string[] | undefined> {
    return principal.role === 'admin' ? undefined : this.projects.idsVisibleTo(principal.userId);
  }

  private async exclusively<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.opening.get(key) ?? Promise.resolve();
    const mine = before.then(work, work);
    this.opening.set(key, mine);
    try {
      return await mine;
    } finally {
      if (this.opening.get(key) === mine) this.opening.delete(key);
    }
  }
}

function assertSameGateway(session: SessionEntity, gateway: SessionGateway): void {
  if (session.gateway === gateway) return;
  throw new DomainError(ErrorCode.badRequest, `Session ${session.id} belongs to the ${session.gateway} gateway.`);
}

function idOf(key: string, projectId: string): string {
  return key.slice(0, -storageKey('', projectId).length);
}

function notFound(id: string): DomainError {
  return new DomainError(ErrorCode.sessionNotFound, `There is no session ${id}, or you may not see it.`);
}
