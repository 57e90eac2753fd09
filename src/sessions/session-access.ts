import { Injectable } from '@nestjs/common';
import { ErrorCode } from '@holdfast/protocol';
import type { Principal } from '../auth/principal';
import { isDatabaseUnavailable } from '../infrastructure/database/database-errors';
import { DomainError } from '../kernel/domain-error';
import type { ProjectRole } from '../projects/project-role';
import { ProjectsService } from '../projects/projects.service';
import { type GuestPass, SessionGrants } from '../sharing/session-grants';
import { guestRights, memberRights, type SessionRights } from './session-rights';
import { SessionStore, type SessionViewer } from './session-store';
import type { SessionEntity } from './session.entity';

/**
 * Who may do what with which session. Members by their role in its project, guests by what was shared with them, administrators
 * who are neither manage it and see nothing of it unless they watch openly. While the database is away and a role is not remembered, a
 * session is its owner's; access tokens are short, and their signature needs no database.
 */
@Injectable()
export class SessionAccess {
  constructor(
    private readonly projects: ProjectsService,
    private readonly store: SessionStore,
    private readonly grants: SessionGrants,
  ) {}

  /** For opening a new session in a project, which is made when it does not exist. */
  roleForOpening(principal: Principal, projectId: string): Promise<ProjectRole> {
    return this.projects.ensure(principal, projectId);
  }

  /** After a write said that the project is gone. */
  forget(principal: Principal, projectId: string): Promise<void> {
    return this.projects.forget(principal, projectId);
  }

  /** For what is said in a session. Undefined = it does not exist for the caller; administrators are told to watch. */
  async rightsOn(principal: Principal, session: SessionEntity): Promise<SessionRights | undefined> {
    const member = await this.membership(principal, session);
    if (member) return memberRights(member, principal, session);
    const isAdmin = principal.role === 'admin';
    if (isAdmin && session.ownerId === principal.userId) return memberRights('owner', principal, session);
    const guest = await this.grants.passOf(principal.userId, session.storageKey);
    if (guest) return guestRights(guest);
    if (isAdmin) throw watchRequired();
    return undefined;
  }

  async isStillGuest({ userId }: Principal, { shareId }: GuestPass): Promise<boolean> {
    return (await this.grants.ended([{ shareId, userId }])).length === 0;
  }

  /** Has it by membership, or made it: there is nothing to watch. */
  async isParticipant(principal: Principal, session: SessionEntity): Promise<boolean> {
    return session.ownerId === principal.userId || (await this.membership(principal, session)) !== undefined;
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
    if (session && role) return { session, role };
    const shared = await this.shared(principal, sessionId);
    if (shared) return { session: shared, role: 'viewer' };
    throw sessionNotFound(sessionId);
  }

  /** As `find`, for what was said in it: an administrator who is not a member has to watch. */
  async findReadable(principal: Principal, sessionId: string): Promise<{ session: SessionEntity; role: ProjectRole }> {
    const { session } = await this.find(principal, sessionId);
    const rights = await this.rightsOn(principal, session);
    if (!rights) throw sessionNotFound(sessionId);
    return { session, role: rights.role };
  }

  /** As `find`, for what a viewer may not do. */
  async findWritable(principal: Principal, sessionId: string): Promise<SessionEntity> {
    return requireWriter(await this.find(principal, sessionId));
  }

  /** As `findReadable`, for typing into it. */
  async findTypable(principal: Principal, sessionId: string): Promise<SessionEntity> {
    return requireWriter(await this.findReadable(principal, sessionId));
  }

  /** For those who manage it, see {@link SessionRights}. */
  async findManaged(principal: Principal, sessionId: string): Promise<SessionEntity> {
    const { session } = await this.find(principal, sessionId);
    const rights = await this.rightsOn(principal, session);
    if (rights?.manages) return session;
    throw new DomainError(ErrorCode.forbidden, 'Only who made this session, or an owner of its project, may do this.');
  }

  private async roleOn(principal: Principal, session: SessionEntity): Promise<ProjectRole | undefined> {
    try {
      return await this.projects.roleOf(principal, session.projectId);
    } catch (error) {
      const role = isDatabaseUnavailable(error) ? roleWithoutDatabase(principal, session) : undefined;
      if (!role) throw error;
      return role;
    }
  }

  private async membership(principal: Principal, session: SessionEntity): Promise<ProjectRole | undefined> {
    try {
      return await this.projects.membershipOf(principal, session.projectId);
    } catch (error) {
      const isOwn = session.ownerId === principal.userId;
      const role = isOwn && isDatabaseUnavailable(error) ? roleWithoutDatabase(principal, session) : undefined;
      if (!role) throw error;
      return role;
    }
  }

  private async shared({ userId }: Principal, sessionId: string): Promise<SessionEntity | null> {
    const key = await this.grants.find(userId, sessionId);
    return key === undefined ? null : this.store.findByKey(key);
  }
}

function roleWithoutDatabase({ userId, role }: Principal, { ownerId }: SessionEntity): ProjectRole | undefined {
  if (role === 'admin') return 'owner';
  if (ownerId !== userId) return undefined;
  return role === 'viewer' ? 'viewer' : 'writer';
}

function requireWriter({ session, role }: { session: SessionEntity; role: ProjectRole }): SessionEntity {
  if (role !== 'viewer') return session;
  throw new DomainError(
    ErrorCode.forbidden,
    'You are a viewer here. Ask an owner of the project to make you a writer.',
  );
}

function watchRequired(): DomainError {
  return new DomainError(
    ErrorCode.watchRequired,
    'You are not a member of this project. POST /api/admin/sessions/:id/watch lets you watch; those who use the session see it.',
  );
}

export function sessionNotFound(id: string): DomainError {
  return new DomainError(ErrorCode.sessionNotFound, `There is no session ${id}, or you may not see it.`);
}
