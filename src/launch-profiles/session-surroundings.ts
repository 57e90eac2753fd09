import { Injectable } from '@nestjs/common';
import { ErrorCode } from '@holdfast/protocol';
import { AuditLog } from '../audit/audit-log';
import type { Principal } from '../auth/principal';
import { DomainError } from '../kernel/domain-error';
import type { ProjectRole } from '../projects/project-role';
import { UsersService } from '../users/users.service';
import { Workspaces } from '../workspaces/workspaces';
import type { LaunchProfile } from './launch-profile';
import { LaunchProfiles, type WantedProfile } from './launch-profiles';

/** Whose session it is, and where. */
export interface SurroundedSession {
  readonly projectId: string;
  readonly ownerId: string;
  readonly profile: string;
  /** Of who opens it. */
  readonly projectRole: ProjectRole;
}

export interface Surroundings {
  readonly profile: LaunchProfile;
  readonly user: { readonly id: string; readonly email: string };
  readonly workspace: string;
  readonly home: string;
}

/** What a session is started in, whichever gateway it is of: profile, owner, directories. */
@Injectable()
export class SessionSurroundings {
  constructor(
    private readonly profiles: LaunchProfiles,
    private readonly workspaces: Workspaces,
    private readonly users: UsersService,
    private readonly audit: AuditLog,
  ) {}

  /** Throws `profile_not_found`, and puts on record who wanted what. */
  async profileFor(
    principal: Principal,
    { projectId, projectRole, profile }: { projectId: string; projectRole: ProjectRole; profile?: string },
  ): Promise<LaunchProfile> {
    return this.find(principal, { projectId, projectRole, role: principal.role, name: profile });
  }

  /** Errors: `forbidden`, `profile_not_found`, `workspace_unusable`, `workspace_full`, `project_not_found`, `conflict`. */
  async of(principal: Principal, session: SurroundedSession): Promise<Surroundings> {
    const { projectId, ownerId } = session;
    // Of who opens it: nobody gets a process by the rights of somebody who is not there.
    const profile = await this.profileFor(principal, session);
    const places = await this.workspaces.prepare(projectId, ownerId);
    const { email } = ownerId === principal.userId ? principal : await this.owner(ownerId);
    return { profile, user: { id: ownerId, email }, ...places };
  }

  /** Nothing is started in the name of somebody who is locked out. */
  private async owner(ownerId: string): Promise<{ readonly email: string }> {
    const owner = await this.users.get(ownerId);
    if (owner.disabledAt === null) return owner;
    throw new DomainError(
      ErrorCode.forbidden,
      'The account of whoever made this session is disabled. Open a session of your own.',
    );
  }

  private async find({ userId, email, role }: Principal, wanted: WantedProfile): Promise<LaunchProfile> {
    try {
      return await this.profiles.find(wanted);
    } catch (error) {
      if (error instanceof DomainError && error.code === ErrorCode.profileNotFound) {
        this.audit.record({
          code: 'policy.denied',
          outcome: 'refused',
          reason: error.code,
          actor: { userId, email, role },
          target: { kind: 'project', id: wanted.projectId },
          data: { profile: wanted.name },
        });
      }
      throw error;
    }
  }
}
