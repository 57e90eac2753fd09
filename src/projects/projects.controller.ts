import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { asAsked, Audited, namedInAnswer, namedInPath } from '../audit/audited.decorator';
import { Caller } from '../auth/caller.decorator';
import type { Principal } from '../auth/principal';
import { ApiZodBody, ApiZodQuery, ApiZodResponse } from '../infrastructure/http/open-api';
import { type Page, type PageQuery, pageQuerySchema } from '../infrastructure/http/page';
import { ZodPipe } from '../infrastructure/http/zod.pipe';
import {
  changedProjectSchema,
  newProjectSchema,
  projectPageSchema,
  type ProjectView,
  projectViewSchema,
} from './projects.schemas';
import { type AccessibleProject, ProjectsService } from './projects.service';

@ApiTags('projects')
@ApiBearerAuth()
@Controller('api/projects')
export class ProjectsController {
  constructor(private readonly projects: ProjectsService) {}

  @Get()
  @ApiZodQuery(pageQuerySchema)
  @ApiZodResponse(200, projectPageSchema)
  async list(
    @Caller() caller: Principal,
    @Query(new ZodPipe(pageQuerySchema)) query: PageQuery,
  ): Promise<Page<ProjectView>> {
    const { items, nextCursor } = await this.projects.list(caller, query);
    return { items: items.map(view), nextCursor };
  }

  @Audited('project.created', { target: namedInAnswer('project'), data: asAsked })
  @Post()
  @ApiZodBody(newProjectSchema)
  @ApiZodResponse(201, projectViewSchema)
  async create(
    @Caller() caller: Principal,
    @Body(new ZodPipe(newProjectSchema)) body: z.output<typeof newProjectSchema>,
  ): Promise<ProjectView> {
    return view(await this.projects.create(caller, body));
  }

  @Get(':id')
  @ApiZodResponse(200, projectViewSchema)
  async get(@Caller() caller: Principal, @Param('id') id: string): Promise<ProjectView> {
    return view(await this.projects.get(caller, id));
  }

  @Audited('project.changed', { target: namedInPath('project'), data: asAsked })
  @Patch(':id')
  @ApiZodBody(changedProjectSchema)
  @ApiZodResponse(200, projectViewSchema)
  async rename(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Body(new ZodPipe(changedProjectSchema)) body: z.output<typeof changedProjectSchema>,
  ): Promise<ProjectView> {
    return view(await this.projects.rename(caller, id, body.name));
  }

  @Audited('project.deleted', { target: namedInPath('project') })
  @Delete(':id')
  @HttpCode(204)
  async delete(@Caller() caller: Principal, @Param('id') id: string): Promise<void> {
    await this.projects.delete(caller, id);
  }
}

function view({ project, role }: AccessibleProject): ProjectView {
  const { id, name, ownerId, createdAt, updatedAt } = project;
  return { id, name, ownerId, role, createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() };
}
