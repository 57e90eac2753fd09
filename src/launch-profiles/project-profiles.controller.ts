import { Controller, Get, Param } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { Caller } from '../auth/caller.decorator';
import type { Principal } from '../auth/principal';
import { ApiZodResponse } from '../infrastructure/http/open-api';
import { ProjectsService } from '../projects/projects.service';
import { LaunchProfiles } from './launch-profiles';
import { usableProfileListSchema, type UsableProfileView } from './launch-profiles.schemas';

/** What the caller may name in `open.profile`. */
@ApiTags('projects')
@ApiBearerAuth()
@Controller('api/projects/:id/profiles')
export class ProjectProfilesController {
  constructor(
    private readonly projects: ProjectsService,
    private readonly profiles: LaunchProfiles,
  ) {}

  @Get()
  @ApiZodResponse(200, usableProfileListSchema)
  async list(
    @Caller() { userId, role }: Principal,
    @Param('id') id: string,
  ): Promise<{ items: UsableProfileView[]; nextCursor: null }> {
    const { role: projectRole } = await this.projects.get({ userId, role }, id);
    const { profiles, defaultName } = await this.profiles.usable({ role, projectRole }, id);
    const items = profiles.map(({ name, description, program, view, network, limits }) => {
      return { name, description, isDefault: name === defaultName, program, view, network, limits };
    });
    return { items, nextCursor: null };
  }
}
