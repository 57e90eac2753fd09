import { Inject, Injectable, Logger } from '@nestjs/common';
import { CONFIG, type Config } from '../../../config/environment';
import { isDatabaseUnavailable } from '../../infrastructure/database/database-errors';
import { Clock } from '../../kernel/clock';
import type { StreamHead } from '../chain/audit-record';
import { SpooledAuditLog } from '../sink/spooled-audit-log';
import { AuditHeads } from './audit-heads';
import { HeadFiles } from './head-files';

const DAY_MS = 24 * 3600 * 1000;
/** Streams that may have moved since the last checkpoint of any process. */
const RECENT_MS = 5 * 60_000;
/** A month is dropped a month later at the latest, and a check of it may be overdue: then nothing is held against a file any more. */
const GRACE_DAYS = 92;
/** In one event, the caller's own first; files and the log have all of them. */
const MAX_IN_EVENT = 50;

/**
 * Says from time to time how far each stream goes: in a file, in a line of the log, and in an event of this process' own stream. A
 * chain shows what was changed in it, but not that its end was cut off; this does.
 */
@Injectable()
export class AuditCheckpoints {
  private readonly log = new Logger('Audit');
  /** Told once for each. */
  private readonly regressed = new Set<string>();

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly audit: SpooledAuditLog,
    private readonly heads: AuditHeads,
    private readonly files: HeadFiles,
    private readonly clock: Clock,
  ) {}

  /** Does nothing while nothing happens, or the database is away. */
  async publish(): Promise<void> {
    this.audit.tellSuppressed();
    if (!this.audit.hasNews) return;
    const heads = await this.note();
    if (heads.length > 0) this.audit.checkpoint({ heads: heads.slice(0, MAX_IN_EVENT) });
    this.forgetOld();
  }

  /** In files and log only: for the end of a process, when nothing more is added. */
  async note(): Promise<StreamHead[]> {
    try {
      const now = this.clock.now();
      const own = this.audit.head.stream;
      const known = new Map(this.files.readAll(now - DAY_MS).map((head) => [head.stream, head]));
      const moving = await this.heads.streamsSince(new Date(now - RECENT_MS));
      const heads = await this.heads.of([...new Set([own, ...moving, ...known.keys()])]);
      for (const head of heads) this.noteOne(head, known.get(head.stream));
      return heads;
    } catch (error) {
      if (!isDatabaseUnavailable(error)) this.log.error(error);
      return [];
    }
  }

  private forgetOld(): void {
    const { legalHold, retentionDays } = this.config.audit;
    if (!legalHold) this.files.removeOlderThan(this.clock.now() - (retentionDays + GRACE_DAYS) * DAY_MS);
  }

  private noteOne(head: StreamHead, known: StreamHead | undefined): void {
    const { stream, seq, mac } = head;
    if (known && known.seq > seq && !this.regressed.has(stream)) {
      this.regressed.add(stream);
      this.log.error(`Stream ${stream} had ${known.seq} events and has ${seq}: run npm run audit:verify.`);
      this.audit.record({
        code: 'audit.regressed',
        outcome: 'failed',
        target: { kind: 'stream', id: stream },
        data: { had: known.seq, has: seq },
      });
    }
    if (known?.seq !== seq) this.log.log(`head ${stream} ${seq} ${mac}`);
    this.files.raise(head);
  }
}
