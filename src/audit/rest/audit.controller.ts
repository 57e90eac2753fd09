import { Readable } from 'node:stream';
import { Controller, Get, Header, Logger, Query, StreamableFile } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Roles } from '../../auth/roles.decorator';
import { ApiContentResponse, ApiZodQuery, ApiZodResponse } from '../../infrastructure/http/open-api';
import { badCursor, decodeCursor, type Page, toPage } from '../../infrastructure/http/page';
import { ZodPipe } from '../../infrastructure/http/zod.pipe';
import { Clock } from '../../kernel/clock';
import { Audited } from '../audited.decorator';
import type { SealedRecord } from '../chain/audit-record';
import { AuditEvents, type AuditPosition } from '../table/audit-events';
import {
  type AuditEventView,
  type AuditFilter,
  auditFilterSchema,
  auditPageSchema,
  type AuditQuery,
  auditQuerySchema,
} from './audit.schemas';

/** What happened, for administrators. */
@ApiTags('admin')
@ApiBearerAuth()
@Roles('admin')
@Controller('api/admin/audit')
export class AuditController {
  private readonly log = new Logger(AuditController.name);

  constructor(
    private readonly events: AuditEvents,
    private readonly clock: Clock,
  ) {}

  /** Newest first. */
  @Get()
  @ApiZodQuery(auditQuerySchema)
  @ApiZodResponse(200, auditPageSchema)
  async list(@Query(new ZodPipe(auditQuerySchema)) query: AuditQuery): Promise<Page<AuditEventView>> {
    const { limit, cursor, ...filter } = query;
    const after = cursor === undefined ? undefined : positionOf(cursor);
    const records = await this.events.list(filter, limit + 1, after);
    return toPage(records, limit, ({ at, stream, seq }) => JSON.stringify([at, stream, seq]), view);
  }

  /** One line of JSON for each event, newest first, of those that were there when it began. */
  @Get('export')
  @Header('Cache-Control', 'no-store')
  @ApiZodQuery(auditFilterSchema)
  @ApiContentResponse(200, 'application/octet-stream', 'Lines of JSON.')
  @Audited('audit.exported', { data: ({ query }) => ({ filter: query }) })
  export(@Query(new ZodPipe(auditFilterSchema)) filter: AuditFilter): StreamableFile {
    const now = new Date(this.clock.now()).toISOString();
    const name = `audit-${now.replace(/[:.]/g, '-')}.jsonl`;
    const lines = Readable.from(this.lines({ ...filter, to: filter.to ?? now }));
    return new StreamableFile(lines, {
      type: 'application/octet-stream',
      disposition: `attachment; filename="${name}"`,
    }).setErrorHandler((error, response) => {
      this.log.warn(`An export of the audit log broke off: ${error.message}`);
      // Cut, so that it is not taken for complete.
      response.destroy?.();
    });
  }

  private async *lines(filter: AuditFilter): AsyncGenerator<string> {
    for await (const record of this.events.all(filter)) yield `${JSON.stringify(view(record))}\n`;
  }
}

const positionSchema = z.tuple([z.iso.datetime(), z.string().max(256), z.number().int()]);

function positionOf(cursor: string): AuditPosition {
  const { success, data } = positionSchema.safeParse(parse(decodeCursor(cursor)));
  if (!success) throw badCursor();
  const [at, stream, seq] = data;
  return { at, stream, seq };
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function view(record: SealedRecord): AuditEventView {
  const { stream, seq, at, node, code, outcome, reason, data, mac } = record;
  const { actorId: userId, actorEmail: email, actorRole: role, loginId } = record;
  const { ip, userAgent, requestId, targetKind, targetId } = record;
  return {
    ...{ stream, seq, at, node, code, outcome, reason },
    actor: { userId, email, role, loginId },
    source: { ip, userAgent, requestId },
    target: targetKind === null ? null : { kind: targetKind, id: targetId ?? '' },
    ...{ data, mac },
  };
}
