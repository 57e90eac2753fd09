import { Body, Controller, Delete, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { Audited, namedInPath } from '../audit/audited.decorator';
import { Caller } from '../auth/caller.decorator';
import type { Principal } from '../auth/principal';
import { Roles } from '../auth/roles.decorator';
import { StepUp } from '../auth/step-up';
import { ApiZodBody, ApiZodResponse } from '../infrastructure/http/open-api';
import { ZodPipe } from '../infrastructure/http/zod.pipe';
import { newWatchSchema, watchSchema } from './sharing.schemas';
import { WatchesService } from './watches.service';

/** An administrator looks at a session that is not his: as a viewer, on record, and seen by whoever uses it. */
@ApiTags('admin')
@ApiBearerAuth()
@Roles('admin')
@Controller('api/admin/sessions/:id/watch')
export class WatchesController {
  constructor(private readonly watches: WatchesService) {}

  @Post()
  @StepUp()
  @Audited('session.watched', { target: namedInPath('session'), data: ({ body }) => ({ seconds: body['seconds'] }) })
  @HttpCode(200)
  @ApiZodBody(newWatchSchema, false)
  @ApiZodResponse(200, watchSchema)
  async begin(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Body(new ZodPipe(newWatchSchema)) { seconds }: z.output<typeof newWatchSchema>,
  ): Promise<z.output<typeof watchSchema>> {
    const { session, until } = await this.watches.begin(caller, id, seconds);
    return { sessionId: session.id, projectId: session.projectId, expiresAt: until.toISOString() };
  }

  @Delete()
  @Audited('session.watch.ended', { target: namedInPath('session') })
  @HttpCode(204)
  async end(@Caller() caller: Principal, @Param('id') id: string): Promise<void> {
    await this.watches.end(caller, id);
  }
}
