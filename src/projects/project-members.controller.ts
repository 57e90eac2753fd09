import { Body, Controller, Delete, Get, HttpCode, Param, Put, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { Audited, type AuditedCall, namedInPath } from '../audit/audited.decorator';
import { Caller } from '../auth/caller.decorator';
import type { Principal } from '../auth/principal';
import { ApiZodBody, ApiZodQuery, ApiZodResponse } from '../infrastructure/http/open-api';
import { type Page, type PageQuery, pageQuerySchema } from '../infrastructure/http/page';
import { ZodPipe } from '../infrastructure/http/zod.pipe';
import { type Member, ProjectMembersService } from './project-members.service';
import { changedMemberSchema, memberPageSchema, memberSchema } from './projects.schemas';

@ApiTags('projects')
@ApiBearerAuth()
@Controller('api/projects/:id/members')
export class ProjectMembersController {
  constructor(private readonly members: ProjectMembersService) {}

  @Get()
  @ApiZodQuery(pageQuerySchema)
  @ApiZodResponse(200, memberPageSchema)
  list(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Query(new ZodPipe(pageQuerySchema)) query: PageQuery,
  ): Promise<Page<Member>> {
    return this.members.list(caller, id, query);
  }

  @Audited('member.changed', { target: namedInPath('project'), data: member })
  @Put(':user')
  @ApiZodBody(changedMemberSchema)
  @ApiZodResponse(200, memberSchema)
  put(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Param('user') user: string,
    @Body(new ZodPipe(changedMemberSchema)) body: z.output<typeof changedMemberSchema>,
  ): Promise<Member> {
    return this.members.put(caller, id, user, body.role);
  }

  @Audited('member.removed', { target: namedInPath('project'), data: member })
  @Delete(':user')
  @HttpCode(204)
  async remove(@Caller() caller: Principal, @Param('id') id: string, @Param('user') user: string): Promise<void> {
    await this.members.remove(caller, id, user);
  }
}

function member({ params, body }: AuditedCall): Readonly<Record<string, unknown>> {
  return { user: params['user'], role: body['role'] };
}
