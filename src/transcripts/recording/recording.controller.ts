import { Controller, Get, Logger, Param, Query, StreamableFile } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { Audited, namedInPath } from '../../audit/audited.decorator';
import { Caller } from '../../auth/caller.decorator';
import type { Principal } from '../../auth/principal';
import { ApiContentResponse, ApiZodQuery } from '../../infrastructure/http/open-api';
import { ZodPipe } from '../../infrastructure/http/zod.pipe';
import { SessionService } from '../../sessions/session.service';
import { recordingQuerySchema, type RecordingQuery } from './recording.schemas';
import { RecordingsService } from './recordings.service';

@ApiTags('sessions')
@ApiBearerAuth()
@Controller('api/sessions/:id/recording')
export class RecordingController {
  private readonly log = new Logger(RecordingController.name);

  constructor(
    private readonly sessions: SessionService,
    private readonly recordings: RecordingsService,
  ) {}

  /** The session as a film: output, sizes and times, for asciinema and its player. */
  @Audited('recording.read', { target: namedInPath('session') })
  @Get()
  @ApiZodQuery(recordingQuerySchema)
  @ApiContentResponse(200, 'application/x-asciicast', 'Lines of JSON.')
  async record(
    @Caller() caller: Principal,
    @Param('id') id: string,
    @Query(new ZodPipe(recordingQuerySchema)) query: RecordingQuery,
  ): Promise<StreamableFile> {
    const { session } = await this.sessions.findReadable(caller, id);
    const lines = await this.recordings.open(session, query);
    return new StreamableFile(lines, {
      // Never shown by a browser: whoever wrote it was not us.
      type: 'application/octet-stream',
      disposition: attachment(`${session.name ?? session.id}.cast`),
    }).setErrorHandler((error, response) => {
      this.log.warn(`The recording of ${session.storageKey} broke off: ${error.message}`);
      // Cut, so that it is not taken for complete.
      response.destroy?.();
    });
  }
}

/** With a name for those who read RFC 6266 and one for the others. */
function attachment(name: string): string {
  const plain = name.replace(/[^\w.-]+/g, '_');
  const encoded = encodeURIComponent(name).replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
