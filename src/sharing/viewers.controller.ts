import { Controller, Delete, Get, HttpCode, Param, ParseUUIDPipe } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { Audited, namedInPath } from '../audit/audited.decorator';
import { Caller } from '../auth/caller.decorator';
import type { Principal } from '../auth/principal';
import { ApiZodResponse } from '../infrastructure/http/open-api';
import { SessionAccess } from '../sessions/session-access';
import { viewersOf } from './company-message';
import { SessionCompany } from './session-company';
import { viewerListSchema } from './sharing.schemas';

/** Who has a session open. */
@ApiTags('sharing')
@ApiBearerAuth()
@Controller('api/sessions/:id/viewers')
export class ViewersController {
  constructor(
    private readonly access: SessionAccess,
    private readonly company: SessionCompany,
  ) {}

  @Get()
  @ApiZodResponse(200, viewerListSchema)
  async list(@Caller() caller: Principal, @Param('id') id: string): Promise<z.output<typeof viewerListSchema>> {
    const { session } = await this.access.find(caller, id);
    return { items: viewersOf(await this.company.members(session.storageKey)), nextCursor: null };
  }

  /** Sends a user away. A link does not let them in again; a member of the project can come back. */
  @Delete(':user')
  @Audited('session.kicked', { target: namedInPath('session'), data: ({ params }) => ({ user: params['user'] }) })
  @HttpCode(204)
  async kick(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Param('user', ParseUUIDPipe) user: string,
  ): Promise<void> {
    const isAdmin = caller.role === 'admin';
    const session = isAdmin ? (await this.access.find(caller, id)).session : await this.access.findManaged(caller, id);
    await this.company.sendAway(session.storageKey, user.toLowerCase());
  }
}
