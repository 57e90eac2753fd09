import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager, MoreThan } from 'typeorm';
import { z } from 'zod';
import { AccessEvents } from '../auth/access-events';
import { decodeUuidCursor, type Page, type PageQuery, toPage } from '../infrastructure/http/page';
import { DomainError } from '../kernel/domain-error';
import { UserEntity } from '../users/user.entity';
import { withEmail } from '../users/with-email';
import { ProjectMemberEntity } from './project-member.entity';
import type { ProjectRole } from './project-role';
import { type ProjectCaller, ProjectRoles } from './project-roles';
import { ProjectsService } from './projects.service';

export interface Member {
  readonly userId: string;
  readonly email: string;
  readonly role: ProjectRole;
}

/** Who is in a project. */
@Injectable()
export class ProjectMembersService {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly projects: ProjectsService,
    private readonly roles: ProjectRoles,
    private readonly events: AccessEvents,
  ) {}

  async list(principal: ProjectCaller, projectId: string, { limit, cursor }: PageQuery): Promise<Page<Member>> {
    await this.projects.get(principal, projectId);
    const rows = await this.dataSource.getRepository(ProjectMemberEntity).find({
      where: { projectId, ...(cursor !== undefined && { userId: MoreThan(decodeUuidCursor(cursor)) }) },
      relations: { user: true },
      order: { userId: 'ASC' },
      take: limit + 1,
    });
    return toPage(rows, limit, ({ userId }) => userId, memberOf);
  }

  /** Adds a member or changes the role of one. `who` is a user id or an e-mail address. */
  async put(principal: ProjectCaller, projectId: string, who: string, role: ProjectRole): Promise<Member> {
    await this.projects.getOwned(principal, projectId);
    const user = await this.userOf(who);
    if (role === 'owner' && user.role === 'viewer') {
      throw new DomainError('conflict', 'This user may only watch on this server and cannot own a project.');
    }
    await this.dataSource.transaction(async (manager) => {
      await lockProject(projectId, manager);
      await manager.upsert(ProjectMemberEntity, { projectId, userId: user.id, role }, ['projectId', 'userId']);
      await requireOwner(projectId, manager);
    });
    await this.announce(user.id, projectId);
    return { userId: user.id, email: user.email, role };
  }

  /** Owners remove anybody, everybody may leave. */
  async remove(principal: ProjectCaller, projectId: string, who: string): Promise<void> {
    await this.projects.get(principal, projectId);
    const user = await this.userOf(who);
    if (user.id !== principal.userId) await this.projects.getOwned(principal, projectId);
    await this.dataSource.transaction(async (manager) => {
      await lockProject(projectId, manager);
      const { affected } = await manager.delete(ProjectMemberEntity, { projectId, userId: user.id });
      if (affected === 0) throw new DomainError('not_found', 'This user is not a member of the project.');
      await requireOwner(projectId, manager);
    });
    await this.announce(user.id, projectId);
  }

  private async announce(userId: string, projectId: string): Promise<void> {
    await this.roles.forget(projectId, [userId]);
    this.events.emit('membership.changed', { userId, projectId });
  }

  private async userOf(who: string): Promise<UserEntity> {
    const users = this.dataSource.getRepository(UserEntity);
    const isId = z.uuid().safeParse(who).success;
    const user = await users.findOneBy(isId ? { id: who } : withEmail(who));
    if (!user) throw new DomainError('not_found', 'There is no user with this id or e-mail address.');
    return user;
  }
}

/** Two owners who remove each other at the same time must not leave a project without one. */
async function lockProject(projectId: string, manager: EntityManager): Promise<void> {
  await manager.query('SELECT FROM projects WHERE id = $1 FOR UPDATE', [projectId]);
}

async function requireOwner(projectId: string, manager: EntityManager): Promise<void> {
  if (await manager.existsBy(ProjectMemberEntity, { projectId, role: 'owner' })) return;
  throw new DomainError('conflict', 'A project needs an owner; make somebody else one first.');
}

function memberOf({ userId, user, role }: ProjectMemberEntity): Member {
  return { userId, email: user?.email ?? '', role };
}
