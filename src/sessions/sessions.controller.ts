import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Patch,
  Post,
  Put,
  Query,
  Res,
  StreamableFile,
} from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import type { z } from 'zod';
import { Audited, namedInPath } from '../audit/audited.decorator';
import { Caller } from '../auth/caller.decorator';
import type { Principal } from '../auth/principal';
import { ApiContentResponse, ApiZodBody, ApiZodQuery, ApiZodResponse } from '../infrastructure/http/open-api';
import { decodeCursor, toPage, type Page } from '../infrastructure/http/page';
import { ZodPipe } from '../infrastructure/http/zod.pipe';
import { PtyHostClient } from '../pty-client/pty-host-client';
import { ScreenMirrors } from '../screen-mirror/screen-mirrors';
import {
  changeSessionSchema,
  inputAnswerSchema,
  inputSchema,
  listSessionsSchema,
  outputQuerySchema,
  screenSchema,
  sessionDetailsSchema,
  sessionPageSchema,
  sizeSchema,
  type SessionDetails,
  type SessionView,
} from './session.schemas';
import { SessionViews } from './session-view';
import { SessionService } from './session.service';
import { SessionWrites } from './session-writes';
import { pastedText } from './pasted-text';
import { downloadTranscript } from './transcript-download';

type SessionPage = Page<SessionView> & {
  /** The database is away: these are the sessions that run on this node, as far as the caller's rights are known. */
  readonly degraded?: true;
};

@ApiTags('sessions')
@ApiBearerAuth()
@Controller('api/sessions')
export class SessionsController {
  constructor(
    private readonly sessions: SessionService,
    private readonly host: PtyHostClient,
    private readonly mirrors: ScreenMirrors,
    private readonly writes: SessionWrites,
    private readonly views: SessionViews,
  ) {}

  @Get()
  @ApiZodQuery(listSessionsSchema)
  @ApiZodResponse(200, sessionPageSchema)
  async list(
    @Caller() caller: Principal,
    @Query(new ZodPipe(listSessionsSchema)) query: z.output<typeof listSessionsSchema>,
  ): Promise<SessionPage> {
    const { limit, cursor, projectId, status } = query;
    const { items, degraded } = await this.sessions.list(caller, {
      projectId,
      running: status === undefined ? undefined : status === 'running',
      after: cursor === undefined ? undefined : decodeCursor(cursor),
      limit: limit + 1,
    });
    const page = toPage(
      items,
      limit,
      ({ session }) => session.storageKey,
      ({ session, host }) => this.views.of(session, host),
    );
    return degraded ? { ...page, degraded: true } : page;
  }

  @Get(':id')
  @ApiZodResponse(200, sessionDetailsSchema)
  async get(@Caller() caller: Principal, @Param('id') id: string): Promise<SessionDetails> {
    const { session, host, epochs } = await this.sessions.describe((await this.sessions.find(caller, id)).session);
    return this.views.inDetail(session, host, epochs);
  }

  @Patch(':id')
  @ApiZodBody(changeSessionSchema)
  @ApiZodResponse(200, sessionDetailsSchema)
  async change(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Body(new ZodPipe(changeSessionSchema)) body: z.output<typeof changeSessionSchema>,
  ): Promise<SessionDetails> {
    const session = await this.sessions.findWritable(caller, id);
    const by = caller.userId;
    if (body.name !== undefined) {
      const name = body.name || null;
      await this.sessions.rename(session, name);
      this.writes.event(session.storageKey, { kind: 'renamed', data: { by, name } });
    }
    if (body.keep !== undefined) {
      await this.sessions.keep(session, body.keep);
      this.writes.event(session.storageKey, { kind: body.keep ? 'kept' : 'unkept', data: { by } });
    }
    if (body.claude !== undefined) await this.sessions.changeClaude(session, body.claude);
    return this.get(caller, id);
  }

  /**
   * Ends a running session; removes an ended or hibernated one with its transcript, of a Claude session also with its conversation on
   * the server's disk: it cannot be resumed any more.
   */
  @Audited('session.terminated', { target: namedInPath('session') })
  @Delete(':id')
  @HttpCode(204)
  async delete(@Caller() caller: Principal, @Param('id') id: string): Promise<void> {
    const session = await this.sessions.findWritable(caller, id);
    await this.sessions.delete(session);
    // One that had ended is gone now, with its history.
    if (session.status === 'ended') return;
    this.writes.event(session.storageKey, { kind: 'termination-requested', data: { by: caller.userId } });
  }

  @Put(':id/size')
  @HttpCode(204)
  @ApiZodBody(sizeSchema)
  async resize(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Body(new ZodPipe(sizeSchema)) size: z.output<typeof sizeSchema>,
  ): Promise<void> {
    const session = await this.sessions.findWritable(caller, id);
    await this.host.request('resize-session', { sessionId: session.storageKey, ...size });
  }

  /** Types or pastes the text; the answer comes after it was written to the terminal. */
  @Post(':id/input')
  @HttpCode(200)
  @ApiZodBody(inputSchema)
  @ApiZodResponse(200, inputAnswerSchema)
  async input(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Body(new ZodPipe(inputSchema)) { data, paste }: z.output<typeof inputSchema>,
  ): Promise<z.output<typeof inputAnswerSchema>> {
    const session = await this.sessions.findTypable(caller, id);
    const sessionId = session.storageKey;
    const pasted = paste === undefined ? undefined : await pastedText(this.mirrors, sessionId, paste);
    const base64 = Buffer.from(pasted?.input ?? data ?? '').toString('base64');
    return { ...(await this.host.request('type', { sessionId, base64 })), ...pasted?.about };
  }

  /** The durable bytes of the transcript; the range is clamped to what is held and reported in the headers. */
  @Get(':id/output')
  @ApiZodQuery(outputQuerySchema)
  @ApiContentResponse(200, 'application/octet-stream', 'X-Epoch, X-Offset and X-Offset-End say what it is.')
  async output(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Query(new ZodPipe(outputQuerySchema)) query: z.output<typeof outputQuerySchema>,
    @Res({ passthrough: true }) response: Response,
  ): Promise<StreamableFile> {
    const { session } = await this.sessions.findReadable(caller, id);
    const { epoch, from, to, bytes } = await downloadTranscript(this.host, session.storageKey, query);
    response.setHeader('X-Epoch', epoch);
    response.setHeader('X-Offset', String(from));
    response.setHeader('X-Offset-End', String(to));
    // Never shown by a browser: whoever wrote it was not us.
    const file = new StreamableFile(bytes, {
      type: 'application/octet-stream',
      disposition: 'attachment',
      length: to - from,
    });
    // Dropped or damaged on the way: the client sees that the answer is not whole.
    return file.setErrorHandler(() => void response.destroy());
  }

  /** The text of the screen now. */
  @Get(':id/screen')
  @ApiZodResponse(200, screenSchema)
  async screen(@Caller() caller: Principal, @Param('id') id: string): Promise<object> {
    const { session } = await this.sessions.findReadable(caller, id);
    return this.mirrors.text(session.storageKey);
  }
}
