import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { Caller } from '../../auth/caller.decorator';
import type { Principal } from '../../auth/principal';
import { ApiZodQuery, ApiZodResponse } from '../../infrastructure/http/open-api';
import { ZodPipe } from '../../infrastructure/http/zod.pipe';
import { ClaudeSessionList } from './claude-session-list';
import { claudeSessionListSchema, listClaudeSessionsSchema } from './claude-sessions.schemas';

@ApiTags('claude')
@ApiBearerAuth()
@Controller('api/claude/sessions')
export class ClaudeSessionsController {
  constructor(private readonly sessions: ClaudeSessionList) {}

  /** The caller's own Claude sessions, with what each of them does and asks. */
  @Get()
  @ApiZodQuery(listClaudeSessionsSchema)
  @ApiZodResponse(200, claudeSessionListSchema)
  async list(
    @Caller() caller: Principal,
    @Query(new ZodPipe(listClaudeSessionsSchema)) { needsMe }: z.output<typeof listClaudeSessionsSchema>,
  ): Promise<z.output<typeof claudeSessionListSchema>> {
    const only = needsMe === undefined ? {} : { needsMe: needsMe === 'true' };
    return { items: await this.sessions.of(caller, only), nextCursor: null };
  }
}
