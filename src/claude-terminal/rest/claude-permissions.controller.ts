import { Body, Controller, HttpCode, Param, ParseUUIDPipe, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { Audited, namedInPath } from '../../audit/audited.decorator';
import { Caller } from '../../auth/caller.decorator';
import type { Principal } from '../../auth/principal';
import { ApiZodBody, ApiZodResponse } from '../../infrastructure/http/open-api';
import { ZodPipe } from '../../infrastructure/http/zod.pipe';
import { PermissionAnswers } from '../status/permission-answers';
import { permissionAnsweredSchema, permissionAnswerSchema } from './claude-sessions.schemas';

/** For whoever may type into the session: from a phone, or from a program. */
@ApiTags('claude')
@ApiBearerAuth()
@Controller('api/claude/permissions')
export class ClaudePermissionsController {
  constructor(private readonly answers: PermissionAnswers) {}

  /** The first answer counts, wherever it comes from; 409 says who was first. */
  @Post(':id/answer')
  @Audited('claude.permission.answered', {
    target: namedInPath('permission'),
    data: ({ body, answer }) => ({ decision: body['decision'], session: sessionOf(answer) }),
  })
  @HttpCode(200)
  @ApiZodBody(permissionAnswerSchema)
  @ApiZodResponse(200, permissionAnsweredSchema)
  async answer(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) permissionId: string,
    @Body(new ZodPipe(permissionAnswerSchema)) answer: z.output<typeof permissionAnswerSchema>,
  ): Promise<z.output<typeof permissionAnsweredSchema>> {
    const { key, sessionId } = await this.answers.find(caller, permissionId);
    await this.answers.give(caller, key, permissionId, answer);
    return { permissionId, sessionId, decision: answer.decision };
  }
}

function sessionOf(answer: unknown): unknown {
  return typeof answer === 'object' && answer !== null && 'sessionId' in answer ? answer.sessionId : undefined;
}
