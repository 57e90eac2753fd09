import { Body, Controller, Delete, Get, Header, HttpCode, Param, ParseUUIDPipe, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { type AuditedCall, Audited, namedInPath } from '../audit/audited.decorator';
import { Caller } from '../auth/caller.decorator';
import type { Principal } from '../auth/principal';
import { ApiZodBody, ApiZodResponse } from '../infrastructure/http/open-api';
import { ZodPipe } from '../infrastructure/http/zod.pipe';
import type { SessionShareEntity } from './session-share.entity';
import { SharesService } from './shares.service';
import {
  madeShareSchema,
  newShareSchema,
  type Share,
  shareListSchema,
  shareSchema,
  type MadeShareView,
} from './sharing.schemas';

/** Links into a session, for those who manage it. */
@ApiTags('sharing')
@ApiBearerAuth()
@Controller('api/sessions/:id/shares')
export class SharesController {
  constructor(private readonly shares: SharesService) {}

  @Get()
  @ApiZodResponse(200, shareListSchema)
  async list(@Caller() caller: Principal, @Param('id') id: string): Promise<z.output<typeof shareListSchema>> {
    return { items: (await this.shares.list(caller, id)).map(view), nextCursor: null };
  }

  /** The token is in this answer and nowhere else. */
  @Post()
  @Audited('session.shared', { target: namedInPath('session'), data: madeShare })
  @Header('Cache-Control', 'no-store')
  @ApiZodBody(newShareSchema)
  @ApiZodResponse(201, madeShareSchema)
  async create(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Body(new ZodPipe(newShareSchema)) body: z.output<typeof newShareSchema>,
  ): Promise<MadeShareView> {
    const { share, token } = await this.shares.create(caller, id, body);
    return { ...view(share), token, url: `/#/share/${token}` };
  }

  /** Everybody who came in by it is out within a second. */
  @Delete(':share')
  @Audited('session.share.revoked', {
    target: namedInPath('session'),
    data: ({ params }) => ({ share: params['share'] }),
  })
  @HttpCode(204)
  async revoke(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Param('share', ParseUUIDPipe) share: string,
  ): Promise<void> {
    await this.shares.revoke(caller, id, share);
  }
}

function view({ id, access, label, maxUses, uses, createdBy, createdAt, expiresAt }: SessionShareEntity): Share {
  return {
    ...{ id, access: shareSchema.shape.access.parse(access), label, maxUses, uses, createdBy },
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
  };
}

/** What was made, without the token in the answer. */
function madeShare({ answer }: AuditedCall): Readonly<Record<string, unknown>> | undefined {
  const { success, data } = shareSchema.safeParse(answer);
  return success
    ? { share: data.id, access: data.access, maxUses: data.maxUses, expiresAt: data.expiresAt }
    : undefined;
}
