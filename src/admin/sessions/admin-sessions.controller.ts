import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { Audited, asAsked, namedInPath } from '../../audit/audited.decorator';
import { Caller } from '../../auth/caller.decorator';
import type { Principal } from '../../auth/principal';
import { Roles } from '../../auth/roles.decorator';
import { ApiZodBody, ApiZodQuery, ApiZodResponse } from '../../infrastructure/http/open-api';
import type { Page } from '../../infrastructure/http/page';
import { ZodPipe } from '../../infrastructure/http/zod.pipe';
import {
  type AdminSessionDetails,
  adminSessionDetailsSchema,
  adminSessionPageSchema,
  type AdminSessionView,
  reasonSchema,
  searchSessionsSchema,
  type SessionSearch,
  whichSessionSchema,
} from './admin-sessions.schemas';
import { AdminSessions } from './admin-sessions.service';
import { AllSessions } from './all-sessions';

type Which = z.output<typeof whichSessionSchema>;

@ApiTags('admin')
@ApiBearerAuth()
@Roles('admin')
@Controller('api/admin/sessions')
export class AdminSessionsController {
  constructor(
    private readonly all: AllSessions,
    private readonly sessions: AdminSessions,
  ) {}

  @Get()
  @ApiZodQuery(searchSessionsSchema)
  @ApiZodResponse(200, adminSessionPageSchema)
  list(@Query(new ZodPipe(searchSessionsSchema)) query: SessionSearch): Promise<Page<AdminSessionView>> {
    return this.sessions.search(query);
  }

  /** What it is, who watches, and why it is still there. */
  @Get(':id')
  @ApiZodQuery(whichSessionSchema)
  @ApiZodResponse(200, adminSessionDetailsSchema)
  async inspect(
    @Param('id') id: string,
    @Query(new ZodPipe(whichSessionSchema)) { projectId }: Which,
  ): Promise<AdminSessionDetails> {
    return this.sessions.inspect(await this.all.get(id, projectId));
  }

  /** Ends its process; whoever has it open is told why, and so does its history. */
  @Post(':id/terminate')
  @Audited('session.terminated', { target: namedInPath('session'), data: asAsked })
  @HttpCode(204)
  @ApiZodQuery(whichSessionSchema)
  @ApiZodBody(reasonSchema)
  async terminate(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Query(new ZodPipe(whichSessionSchema)) { projectId }: Which,
    @Body(new ZodPipe(reasonSchema)) { reason }: z.output<typeof reasonSchema>,
  ): Promise<void> {
    await this.sessions.terminate(await this.all.get(id, projectId), caller, reason);
  }
}
