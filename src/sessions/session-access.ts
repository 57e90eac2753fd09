import { Injectable } from '@nestjs/common';
import { ErrorCode } from '@holdfast/protocol';
import type { Principal } from '../auth/principal';
import { isDatabaseUnavailable } from '../infrastructure/database/database-errors';
import { DomainError } from '../kernel/domain-error';
import type { ProjectRole } from '../projects/project-role';
import { ProjectsService } from '../projects/projects.service';
import type { SessionEntity } from './session.entity';
import { SessionStore, type SessionViewer } from './session-store';

/**
 * Who may do what with which session. While the database is away and a role is not remembered, a session is its owner's and
 * the administrators'; access tokens are short, and their signature needs no database.
 */
@Injectable()
export class SessionAccess {
  constructor(
    private readonly projects: ProjectsService,
    private readonly store: SessionStore,
  ) {}

  /** For opening in a project, which is made when it does not exist. `key`: of the session, when it may exist. */
  async roleForOpening(principal: Principal, projectId: string, key: string | undefined): Promise<ProjectRole> {
    try {
      return await this.projects.ensure(principal, projectId);
    } catch (error) {
      const session = isDatabaseUnavailable(error) && key !== undefined ? await this.store.findByKey(key) : null;
      const role = session && roleWithoutDatabase(principal, session);
      if (!role) throw error;
      return role;
    }
  }

  /** After a write said that the project is gone. */
  forget(principal: Principal, projectId: string): Promise<void> {
    return this.projects.forget(principal, projectId);
  }

  /** Undefined = the session does not exist for the caller. */
  async roleOn(principal: Principal, session: SessionEntity): Promise<ProjectRole | undefined> {
    try {
      return await this.projects.roleOf(principal, session.projectId);
    } catch (error) {
      const role = isDatabaseUnavailable(error) ? roleWithoutDatabase(principal, session) : undefined;
      if (!role) throw error;
      return role;
    }
  }

  async viewer({ userId, role }: Principal): Promise<SessionViewer> {
    if (role === 'admin') return { userId, projectIds: undefined };
    try {
      return { userId, projectIds: await this.projects.idsVisibleTo(userId) };
    } catch (error) {
      if (!isDatabaseUnavailable(error)) throw error;
      return { userId, projectIds: [] };
    }
  }

  /** Throws `session_not_found` also for sessions the caller may not see. */
  async find(principal: Principal, sessionId: string): Promise<{ session: SessionEntity; role: ProjectRole }> {
    const session = await this.store.findById(sessionId, await this.viewer(principal));
    const role = session && (await this.roleOn(principal, session));
    if (!session || !role) throw sessionNotFound(sessionId);
    return { session, role };
  }

  /** As `find`, for what a viewer may not do. */
  async findWritable(principal: Principal, sessionId: string): Promise<SessionEntity> {
    const { session, role } = await this.find(principal, sessionId);
    if (role !== 'viewer') return session;
    throw new DomainError(ErrorCode.forbidden, 'You are a viewer in this project. Ask its owner to make you a writer.');
  }
}

function roleWithoutDatabase({ userId, role }: Principal, { ownerId }: SessionEntity): ProjectRole | undefined {
  if (role === 'admin') return 'owner';
  return ownerId === userId ? 'writer' : undefined;
}

export function sessionNotFound(id: string): DomainError {
  return new DomainError(ErrorCode.sessionNotFound, `There is no session ${id}, or you may not see it.`);
}
