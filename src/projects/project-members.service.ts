import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import { AccessEvents } from '../auth/access-events';
import type { Principal } from '../auth/principal';
import { decodeCursor, type Page, type PageQuery, toPage } from '../infrastructure/http/page';
import { DomainError } from '../kernel/domain-error';
import { UserEntity } from '../users/user.entity';
import { ProjectMemberEntity } from './project-member.entity';
import type { ProjectRole } from './project-role';
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
    private readonly events: AccessEvents,
  ) {}

  async list(principal: Principal, projectId: string, { limit, cursor }: PageQuery): Promise<Page<Member>> {
    await this.projects.get(principal, projectId);
    const query = this.dataSource
      .getRepository(ProjectMemberEntity)
      .createQueryBuilder('member')
      .innerJoinAndSelect('member.user', 'user')
      .where('member.project_id = :projectId', { projectId })
      .orderBy('member.user_id')
      .limit(limit + 1);
    if (cursor !== undefined) query.andWhere('member.user_id::text > :after', { after: decodeCursor(cursor) });
    return toPage(await query.getMany(), limit, ({ userId }) => userId, memberOf);
  }

  /** Adds a member or changes the role of one. `who` is a user id or an e-mail address. */
  async put(principal: Principal, projectId: string, who: string, role: ProjectRole): Promise<Member> {
    await this.projects.getOwned(principal, projectId);
    const user = await this.userOf(who);
    await this.dataSource.transaction(async (manager) => {
      await lockProject(projectId, manager);
      await manager.upsert(ProjectMemberEntity, { projectId, userId: user.id, role }, ['projectId', 'userId']);
      await requireOwner(projectId, manager);
    });
    this.events.emit('membership.changed', { userId: user.id, projectId });
    return { userId: user.id, email: user.email, role };
  }

  /** Owners remove anybody, everybody may leave. */
  async remove(principal: Principal, projectId: string, who: string): Promise<void> {
    await this.projects.get(principal, projectId);
    const user = await this.userOf(who);
    if (user.id !== principal.userId) await this.projects.getOwned(principal, projectId);
    await this.dataSource.transaction(async (manager) => {
      await lockProject(projectId, manager);
      const { affected } = await manager.delete(ProjectMemberEntity, { projectId, userId: user.id });
      if (affected === 0) throw new DomainError('not_found', 'This user is not a member of the project.');
      await requireOwner(projectId, manager);
    });
    this.events.emit('membership.changed', { userId: user.id, projectId });
  }

  private async userOf(who: string): Promise<UserEntity> {
    const user = await this.dataSource
      .getRepository(UserEntity)
      .createQueryBuilder('user')
      .where('user.id::text = :who OR lower(user.email) = lower(:who)', { who })
      .getOne();
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
