import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { Audited, asAsked, namedInAnswer, namedInPath } from '../../audit/audited.decorator';
import { Caller } from '../../auth/caller.decorator';
import type { Principal } from '../../auth/principal';
import { Roles } from '../../auth/roles.decorator';
import { StepUp } from '../../auth/step-up';
import { ApiZodBody, ApiZodQuery, ApiZodResponse } from '../../infrastructure/http/open-api';
import type { Page } from '../../infrastructure/http/page';
import { ZodPipe } from '../../infrastructure/http/zod.pipe';
import { changedProjectSchema } from '../../projects/projects.schemas';
import { ProjectsService } from '../../projects/projects.service';
import {
  adminProjectPageSchema,
  adminProjectSchema,
  type AdminProjectView,
  newAdminProjectSchema,
  searchProjectsSchema,
} from './admin-projects.schemas';
import { AdminProjects } from './admin-projects.service';
import { ProjectOverview } from './project-overview';

@ApiTags('admin')
@ApiBearerAuth()
@Roles('admin')
@Controller('api/admin/projects')
export class AdminProjectsController {
  constructor(
    private readonly overview: ProjectOverview,
    private readonly projects: ProjectsService,
    private readonly forOthers: AdminProjects,
  ) {}

  @Get()
  @ApiZodQuery(searchProjectsSchema)
  @ApiZodResponse(200, adminProjectPageSchema)
  list(
    @Query(new ZodPipe(searchProjectsSchema)) query: z.output<typeof searchProjectsSchema>,
  ): Promise<Page<AdminProjectView>> {
    return this.overview.search(query);
  }

  @Post()
  @Audited('project.created', { target: namedInAnswer('project'), data: asAsked })
  @ApiZodBody(newAdminProjectSchema)
  @ApiZodResponse(201, adminProjectSchema)
  async create(
    @Caller() caller: Principal,
    @Body(new ZodPipe(newAdminProjectSchema)) body: z.output<typeof newAdminProjectSchema>,
  ): Promise<AdminProjectView> {
    return this.overview.get(await this.forOthers.create(caller, body));
  }

  @Get(':id')
  @ApiZodResponse(200, adminProjectSchema)
  get(@Param('id') id: string): Promise<AdminProjectView> {
    return this.overview.get(id);
  }

  @Patch(':id')
  @Audited('project.changed', { target: namedInPath('project'), data: asAsked })
  @ApiZodBody(changedProjectSchema)
  @ApiZodResponse(200, adminProjectSchema)
  async rename(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Body(new ZodPipe(changedProjectSchema)) { name }: z.output<typeof changedProjectSchema>,
  ): Promise<AdminProjectView> {
    await this.projects.rename(caller, id, name);
    return this.overview.get(id);
  }

  /** With its ended sessions; running ones must be ended first. */
  @Delete(':id')
  @StepUp()
  @Audited('project.deleted', { target: namedInPath('project') })
  @HttpCode(204)
  async delete(@Caller() caller: Principal, @Param('id') id: string): Promise<void> {
    await this.projects.delete(caller, id);
  }
}
