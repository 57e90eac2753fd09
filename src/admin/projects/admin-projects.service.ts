import { Injectable } from '@nestjs/common';
import type { Principal } from '../../auth/principal';
import type { ProjectCaller } from '../../projects/project-roles';
import { type NewProject, ProjectsService } from '../../projects/projects.service';
import { UserDirectory } from '../../users/user-directory';

export interface NewProjectForSomebody extends NewProject {
  /** Absent: the caller's. */
  readonly ownerId?: string;
}

/** Projects that administrators make for others. */
@Injectable()
export class AdminProjects {
  constructor(
    private readonly projects: ProjectsService,
    private readonly directory: UserDirectory,
  ) {}

  /** Answers its id. */
  async create(caller: Principal, { ownerId, ...wanted }: NewProjectForSomebody): Promise<string> {
    const { project } = await this.projects.create(await this.ownerOf(caller, ownerId), wanted);
    return project.id;
  }

  private async ownerOf(caller: Principal, ownerId: string | undefined): Promise<ProjectCaller> {
    if (ownerId === undefined) return caller;
    const { id: userId, role } = await this.directory.get(ownerId);
    return { userId, role };
  }
}
