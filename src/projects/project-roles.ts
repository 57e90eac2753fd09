import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { AccessEvents } from '../auth/access-events';
import type { Principal } from '../auth/principal';
import type { ReadThrough } from '../infrastructure/cache/read-through';
import { ReadThroughs } from '../infrastructure/cache/read-throughs';
import { Disposables } from '../kernel/disposables';
import { ProjectEntity } from './project.entity';
import { ProjectMemberEntity } from './project-member.entity';
import type { ProjectRole } from './project-role';

/** As much of a principal as decides about projects. */
export type ProjectCaller = Pick<Principal, 'userId' | 'role'>;

/** What somebody was found to be in a project. */
export interface Membership {
  readonly caller: ProjectCaller;
  readonly projectId: string;
  readonly role: ProjectRole;
}

/** The bound for a change whose announcement got lost. */
const ROLE_TTL_MS = 60_000;
/** A project that was just made, or a member just added, on a node we do not hear. */
const NO_ROLE_TTL_MS = 1500;
/** Administrators are owners of whatever exists, so for all of them it is one entry. */
const ADMINISTRATOR = 'administrator';

/** Who may do what in which project, asked at every open: cached, and remembered for while the database is away. */
@Injectable()
export class ProjectRoles implements OnApplicationShutdown {
  private readonly roles: ReadThrough<ProjectRole>;
  /** Lists are not cached: an id that was deleted and taken by others must not stay in one. */
  private readonly visible: ReadThrough<string[]>;
  private readonly subscriptions = new Disposables();

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    readThroughs: ReadThroughs,
    events: AccessEvents,
  ) {
    this.roles = readThroughs.of({ name: 'project-role', ttlMs: ROLE_TTL_MS, negativeTtlMs: NO_ROLE_TTL_MS });
    this.visible = readThroughs.of({ name: 'visible-projects', ttlMs: 0, negativeTtlMs: 0 });
    for (const subscription of [
      // Every node hears these; what is in a shared cache is deleted by each.
      events.on('membership.changed', ({ userId, projectId }) => void this.forget(projectId, [userId])),
      events.on('project.deleted', ({ projectId }) => this.forgetProject(projectId)),
    ]) {
      this.subscriptions.add(() => subscription.dispose());
    }
  }

  /** Undefined = this project does not exist for the caller. */
  async of(caller: ProjectCaller, projectId: string): Promise<ProjectRole | undefined> {
    if (caller.role !== 'admin') return this.membershipOf(caller, projectId);
    const role = await this.roles.get(keyOf(projectId, ADMINISTRATOR), () => this.ifExists(projectId));
    return role ?? undefined;
  }

  /** As {@link of}, without what administrators may do everywhere. */
  async membershipOf(caller: ProjectCaller, projectId: string): Promise<ProjectRole | undefined> {
    const { userId } = caller;
    const role = await this.roles.get(keyOf(projectId, userId), () => this.membership(userId, projectId));
    return role === null ? undefined : roleWithin(caller, role);
  }

  /** Of every project the user is a member of. */
  async idsVisibleTo(userId: string): Promise<string[]> {
    const load = async () => {
      const memberships = await this.dataSource.getRepository(ProjectMemberEntity).findBy({ userId });
      return memberships.map(({ projectId }) => projectId);
    };
    return (await this.visible.get(userId, load)) ?? [];
  }

  /** Of these memberships, the ones that are not what they were. */
  async changedOf(members: readonly Membership[]): Promise<Membership[]> {
    if (members.length === 0) return [];
    const rows = await this.dataSource.query<{ project_id: string; user_id: string; role: ProjectRole }[]>(
      `SELECT project_id, user_id, role FROM project_members
       WHERE (project_id, user_id) IN (SELECT * FROM unnest($1::text[], $2::uuid[]))`,
      [members.map(({ projectId }) => projectId), members.map(({ caller }) => caller.userId)],
    );
    const roles = new Map(rows.map(({ project_id, user_id, role }) => [keyOf(project_id, user_id), role]));
    return members.filter(({ caller, projectId, role }) => {
      const now = roles.get(keyOf(projectId, caller.userId));
      return now === undefined || roleWithin(caller, now) !== role;
    });
  }

  /** After a change, before anybody is told that it was made. */
  async forget(projectId: string, userIds: readonly string[]): Promise<void> {
    const names = [ADMINISTRATOR, ...userIds];
    await Promise.all([
      ...names.map((name) => this.roles.forget(keyOf(projectId, name))),
      ...userIds.map((userId) => this.visible.forget(userId)),
    ]);
  }

  onApplicationShutdown(): void {
    this.subscriptions.dispose();
  }

  private forgetProject(projectId: string): void {
    this.roles.forgetWhere((key) => key.startsWith(keyOf(projectId, '')));
    this.visible.forgetWhere(() => true);
  }

  private async ifExists(projectId: string): Promise<ProjectRole | null> {
    const exists = await this.dataSource.getRepository(ProjectEntity).existsBy({ id: projectId });
    return exists ? 'owner' : null;
  }

  private async membership(userId: string, projectId: string): Promise<ProjectRole | null> {
    const member = await this.dataSource.getRepository(ProjectMemberEntity).findOneBy({ projectId, userId });
    return member?.role ?? null;
  }
}

/** Who may only watch on this server watches, whatever a project made of them. */
export function roleWithin({ role: userRole }: Pick<ProjectCaller, 'role'>, role: ProjectRole): ProjectRole {
  return userRole === 'viewer' ? 'viewer' : role;
}

/** Neither ids of projects nor of users have a colon. */
function keyOf(projectId: string, name: string): string {
  return `${projectId}:${name}`;
}
