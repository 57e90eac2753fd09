import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Caller } from '../auth/caller.decorator';
import type { Principal } from '../auth/principal';
import { ApiZodQuery, ApiZodResponse } from '../infrastructure/http/open-api';
import {
  badCursor,
  decodeCursor,
  toPage,
  type Page,
  type PageQuery,
  pageQuerySchema,
} from '../infrastructure/http/page';
import { ZodPipe } from '../infrastructure/http/zod.pipe';
import type { SessionEventEntity } from './session-event.entity';
import { type EventPosition, SessionEventRepository } from './session-event.repository';
import { SessionService } from './session.service';

const eventSchema = z.object({
  id: z.uuid(),
  at: z.iso.datetime(),
  kind: z.string(),
  data: z.record(z.string(), z.unknown()),
});
const eventPageSchema = z.object({ items: z.array(eventSchema), nextCursor: z.string().nullable() });
type SessionEventView = z.output<typeof eventSchema>;

@ApiTags('sessions')
@ApiBearerAuth()
@Controller('api/sessions')
export class SessionEventsController {
  constructor(
    private readonly sessions: SessionService,
    private readonly events: SessionEventRepository,
  ) {}

  /** What happened to the session, newest first. */
  @Get(':id/events')
  @ApiZodQuery(pageQuerySchema)
  @ApiZodResponse(200, eventPageSchema)
  async list(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Query(new ZodPipe(pageQuerySchema)) { limit, cursor }: PageQuery,
  ): Promise<Page<SessionEventView>> {
    const { session } = await this.sessions.find(caller, id);
    const after = cursor === undefined ? undefined : positionOf(cursor);
    const rows = await this.events.list(session.storageKey, limit + 1, after);
    return toPage(rows, limit, keyOf, view);
  }
}

const positionSchema = z.tuple([z.coerce.number().int().min(0).max(8.64e15), z.uuid()]);

function keyOf({ at, id }: SessionEventEntity): string {
  return `${at.getTime()} ${id}`;
}

function positionOf(cursor: string): EventPosition {
  const { success, data } = positionSchema.safeParse(decodeCursor(cursor).split(' '));
  if (!success) throw badCursor();
  const [at, id] = data;
  return { at: new Date(at), id };
}

function view({ id, at, kind, data }: SessionEventEntity): SessionEventView {
  return { id, at: at.toISOString(), kind, data };
}
