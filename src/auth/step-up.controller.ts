import { Body, Controller, Header, HttpCode, Post, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import type { z } from 'zod';
import { auditSource } from '../audit/audit-source';
import { Audited } from '../audit/audited.decorator';
import { ApiZodBody, ApiZodResponse } from '../infrastructure/http/open-api';
import { ZodPipe } from '../infrastructure/http/zod.pipe';
import { steppedUpSchema, stepUpSchema } from './auth.schemas';
import { Caller } from './caller.decorator';
import { LoginFamilies } from './login-families';
import type { Principal } from './principal';
import { ProofOfIdentity } from './proof-of-identity';
import { STEP_UP_LIFE_MS } from './step-up';
import { WhileEnrolling } from './while-enrolling.decorator';

@ApiTags('auth')
@ApiBearerAuth()
@Controller('api/auth/step-up')
export class StepUpController {
  constructor(
    private readonly proofs: ProofOfIdentity,
    private readonly families: LoginFamilies,
  ) {}

  /** Proves again who calls: password, and code where enrolled. Then this login may make dangerous calls, on any node. */
  @Post()
  @HttpCode(200)
  @WhileEnrolling()
  @Audited('auth.step-up')
  @Header('Cache-Control', 'no-store')
  @ApiZodBody(stepUpSchema)
  @ApiZodResponse(200, steppedUpSchema)
  async stepUp(
    @Caller() caller: Principal,
    @Body(new ZodPipe(stepUpSchema)) body: z.output<typeof stepUpSchema>,
    @Req() request: Request,
  ): Promise<z.output<typeof steppedUpSchema>> {
    await this.proofs.again(caller.userId, body, auditSource(request));
    await this.families.confirm(caller.loginId);
    return { expiresIn: STEP_UP_LIFE_MS / 1000 };
  }
}
