import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { type AuditedCall, Audited } from '../audit/audited.decorator';
import type { AuditTarget } from '../audit/audit-log';
import { Caller } from '../auth/caller.decorator';
import type { Principal } from '../auth/principal';
import { ApiZodBody, ApiZodResponse } from '../infrastructure/http/open-api';
import { ZodPipe } from '../infrastructure/http/zod.pipe';
import type { SharedSession } from './share.repository';
import { SharesService } from './shares.service';
import { redeemSchema, sharedListSchema, sharedSessionSchema, type SharedSessionView } from './sharing.schemas';

/** What others shared with the caller. */
@ApiTags('sharing')
@ApiBearerAuth()
@Controller('api/shares')
export class RedemptionsController {
  constructor(private readonly shares: SharesService) {}

  @Get()
  @ApiZodResponse(200, sharedListSchema)
  async list(@Caller() caller: Principal): Promise<z.output<typeof sharedListSchema>> {
    return { items: (await this.shares.sharedWith(caller)).map(view), nextCursor: null };
  }

  /** Opens a link for the caller, who may then open its session as a viewer. */
  @Post('redeem')
  @Audited('session.share.redeemed', { target: redeemedSession })
  @HttpCode(200)
  @ApiZodBody(redeemSchema)
  @ApiZodResponse(200, sharedSessionSchema)
  async redeem(
    @Caller() caller: Principal,
    @Body(new ZodPipe(redeemSchema)) { token }: z.output<typeof redeemSchema>,
  ): Promise<SharedSessionView> {
    return view(await this.shares.redeem(caller, token));
  }
}

function view({ expiresAt, ...shared }: SharedSession): SharedSessionView {
  return { ...shared, expiresAt: expiresAt.toISOString() };
}

/** Known only when the link was good. */
function redeemedSession({ answer }: AuditedCall): AuditTarget | undefined {
  const { success, data } = sharedSessionSchema.safeParse(answer);
  return success ? { kind: 'session', id: data.sessionId } : undefined;
}
