import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import { AuditLog } from '../audit/audit-log';
import { AccessEvents } from '../auth/access-events';
import { decodeCursor, type Page, type PageQuery, toPage } from '../infrastructure/http/page';
import { DomainError } from '../kernel/domain-error';
import { Ids } from '../kernel/ids';
import { ProjectEntity } from './project.entity';
import { requireProjectId } from './project-id';
import { ProjectMemberEntity } from './project-member.entity';
import type { ProjectRole } from './project-role';
import { type ProjectCaller, ProjectRoles, roleWithin } from './project-roles';

/** A project as one caller sees it. */
export interface AccessibleProject {
  readonly project: ProjectEntity;
  readonly role: ProjectRole;
}

export interface NewProject {
  /** Absent: one is made. */
  readonly id?: string;
  readonly name?: string;
}

/** A project of another user with this id can be deleted between our insert and our look: then we try again. */
const MAX_ATTEMPTS = 5;
/** Opening sessions creates projects, so a client in a loop must come to an end. */
const MAX_OWNED = 1000;

/** Projects, and who may do what in them. */
@Injectable()
export class ProjectsService {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly events: AccessEvents,
    private readonly ids: Ids,
    private readonly roles: ProjectRoles,
    private readonly audit: AuditLog,
  ) {}

  /** Administrators may do everything everywhere. Undefined = this project does not exist for the caller. */
  roleOf(principal: ProjectCaller, projectId: string): Promise<ProjectRole | undefined> {
    return this.roles.of(principal, projectId);
  }

  /** As {@link roleOf}, of members only: an administrator who is none has none. */
  membershipOf(principal: ProjectCaller, projectId: string): Promise<ProjectRole | undefined> {
    return this.roles.membershipOf(principal, projectId);
  }

  /** Of every project the user is a member of. */
  idsVisibleTo(userId: string): Promise<string[]> {
    return this.roles.idsVisibleTo(userId);
  }

  /** The project as the caller may see it, else `project_not_found`. */
  async get(principal: ProjectCaller, projectId: string): Promise<AccessibleProject> {
    const found = await this.find(principal, projectId);
    if (!found) throw projectNotFound();
    return found;
  }

  /** As {@link get}, for what only owners and administrators may do. */
  async getOwned(principal: ProjectCaller, projectId: string): Promise<AccessibleProject> {
    const found = await this.get(principal, projectId);
    if (found.role !== 'owner') throw new DomainError('forbidden', 'Only an owner of the project may do this.');
    return found;
  }

  /** The caller's role where a session is being opened: a project that does not exist yet becomes the caller's. */
  async ensure(principal: ProjectCaller, projectId: string): Promise<ProjectRole> {
    requireProjectId(projectId);
    return (await this.roles.of(principal, projectId)) ?? (await this.findOrCreate(principal, projectId)).role;
  }

  /** After a write said that the project is gone, whatever was believed of it. */
  forget({ userId }: ProjectCaller, projectId: string): Promise<void> {
    return this.roles.forget(projectId, [userId]);
  }

  private async findOrCreate(principal: ProjectCaller, projectId: string): Promise<AccessibleProject> {
    let isTaken = false;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const found = await this.find(principal, projectId);
      if (found) return found;
      // Only after a look that followed the conflict: it may have been with another call of the same user.
      if (isTaken && (await this.dataSource.getRepository(ProjectEntity).existsBy({ id: projectId }))) {
        throw new DomainError('forbidden', 'This project belongs to others; ask an owner to add you.');
      }
      isTaken = !(await this.insert(principal, projectId, projectId));
      if (!isTaken) this.auditMade(principal, projectId);
    }
    throw new DomainError('conflict', 'The project is being created and deleted at the same time; try again.', {
      retryable: true,
    });
  }

  async create(principal: ProjectCaller, { id = this.ids.uuid(), name = id }: NewProject): Promise<AccessibleProject> {
    requireProjectId(id);
    if (!(await this.insert(principal, id, name))) {
      throw new DomainError('conflict', 'There is a project with this id.');
    }
    return this.get(principal, id);
  }

  async list(principal: ProjectCaller, { limit, cursor }: PageQuery): Promise<Page<AccessibleProject>> {
    const query = this.visibleTo(principal)
      .orderBy('project.id')
      .limit(limit + 1);
    if (cursor !== undefined) query.andWhere('project.id > :after', { after: decodeCursor(cursor) });
    const { entities, raw } = await query.getRawAndEntities<{ role: ProjectRole }>();
    const roleAt = (index: number) => roleWithin(principal, raw[index]?.role ?? 'owner');
    const rows = entities.map((project, index) => ({ project, role: roleAt(index) }));
    return toPage(
      rows,
      limit,
      ({ project }) => project.id,
      (row) => row,
    );
  }

  async rename(principal: ProjectCaller, projectId: string, name: string): Promise<AccessibleProject> {
    const { project, role } = await this.getOwned(principal, projectId);
    project.name = name;
    return { project: await this.dataSource.getRepository(ProjectEntity).save(project), role };
  }

  /** With its ended sessions; running ones must be ended first, as nobody could reach them afterwards. */
  async delete(principal: ProjectCaller, projectId: string): Promise<void> {
    await this.getOwned(principal, projectId);
    const members = await this.dataSource.transaction(async (manager) => {
      // Against sessions that are being opened: their foreign key waits for this lock.
      await manager.query('SELECT FROM projects WHERE id = $1 FOR UPDATE', [projectId]);
      await requireNoRunningSession(projectId, manager);
      const memberships = await manager.findBy(ProjectMemberEntity, { projectId });
      // What tells every machine which files to remove; see workspaces/workspace-removal.ts.
      await manager.query(
        'INSERT INTO deleted_projects (id, made_at) SELECT id, created_at FROM projects WHERE id = $1 ON CONFLICT DO NOTHING',
        [projectId],
      );
      await manager.delete(ProjectEntity, { id: projectId });
      return memberships.map(({ userId }) => userId);
    });
    await this.roles.forget(projectId, members);
    this.events.emit('project.deleted', { projectId });
  }

  /** By opening a session in it; no REST call asked for it. */
  private auditMade({ userId, role }: ProjectCaller, projectId: string): void {
    const target = { kind: 'project', id: projectId };
    this.audit.record({ code: 'project.created', outcome: 'ok', actor: { userId, role }, target });
  }

  private async find(principal: ProjectCaller, projectId: string): Promise<AccessibleProject | undefined> {
    const query = this.visibleTo(principal).andWhere('project.id = :projectId', { projectId });
    const { entities, raw } = await query.getRawAndEntities<{ role: ProjectRole }>();
    const [project] = entities;
    return project && { project, role: roleWithin(principal, raw[0]?.role ?? 'owner') };
  }

  private visibleTo({ userId, role }: ProjectCaller) {
    const membership = 'member.project_id = project.id AND member.user_id = :userId';
    const query = this.dataSource.getRepository(ProjectEntity).createQueryBuilder('project');
    if (role === 'admin') return query.addSelect(`'owner'`, 'role').where('true');
    return query
      .innerJoin(ProjectMemberEntity, 'member', membership, { userId })
      .addSelect('member.role', 'role')
      .where('true');
  }

  /** Project and owner in one statement, so that nobody sees one without the other. False = the id is taken. */
  private async insert({ userId, role }: ProjectCaller, id: string, name: string): Promise<boolean> {
    if (role === 'viewer') throw new DomainError('forbidden', 'You may only watch; ask an administrator for more.');
    const owned = await this.dataSource.getRepository(ProjectEntity).countBy({ ownerId: userId });
    if (owned >= MAX_OWNED) {
      throw new DomainError('conflict', `You own ${MAX_OWNED} projects already; delete one first.`);
    }
    const rows = await this.dataSource.query<unknown[]>(
      `WITH created AS (
         INSERT INTO projects (id, name, owner_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING id, owner_id
       )
       INSERT INTO project_members (project_id, user_id, role) SELECT id, owner_id, 'owner' FROM created
       RETURNING project_id`,
      [id, name, userId],
    );
    await this.roles.forget(id, [userId]);
    return rows.length > 0;
  }
}

async function requireNoRunningSession(projectId: string, manager: EntityManager): Promise<void> {
  const running = await manager.query<unknown[]>(
    `SELECT FROM sessions WHERE project_id = $1 AND status <> 'ended' LIMIT 1`,
    [projectId],
  );
  if (running.length > 0) throw new DomainError('conflict', 'The project has running sessions; end them first.');
}

export function projectNotFound(): DomainError {
  return new DomainError('project_not_found', 'There is no such project, or you are not a member of it.');
}
