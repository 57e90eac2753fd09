import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { SessionCompany } from '../../sharing/session-company';
import type { ClaudeRecord } from '../records/claude-record';
import { ClaudeSessionRows } from '../records/claude-session-rows';
import { AttentionFeed } from './attention-feed';

/** What follows within this time is told instead: a list need not flicker, and forged hooks are not worth a flood. */
const SOON_MS = 100;

/** Tells whoever has to know that a record is another one: those at the session, its owner's sockets, the database. */
@Injectable()
export class ClaudeAnnouncer implements OnModuleDestroy {
  /** The newest of each session that has news for others; as many as there are sessions. */
  private readonly news = new Map<string, ClaudeRecord>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly company: SessionCompany,
    private readonly attention: AttentionFeed,
    private readonly rows: ClaudeSessionRows,
  ) {}

  onModuleDestroy(): void {
    clearTimeout(this.timer);
    this.tell();
  }

  changed(before: ClaudeRecord | undefined, after: ClaudeRecord): void {
    // Nobody is there when it cannot be said: whoever comes reads the record.
    this.company.send(after.key, { kind: 'claude' }).catch(() => undefined);
    if (before && isSameForOthers(before, after)) return;
    this.news.set(after.key, after);
    this.timer ??= setTimeout(() => this.tell(), SOON_MS).unref();
  }

  private tell(): void {
    this.timer = undefined;
    for (const record of this.news.values()) {
      this.rows.write(record);
      this.attention.tell(record);
    }
    this.news.clear();
  }
}

/** A list shows neither each tool nor each token. */
function isSameForOthers(before: ClaudeRecord, after: ClaudeRecord): boolean {
  const { state: one } = before;
  const { state: other } = after;
  return (
    one.state === other.state && one.until === other.until && one.kind === other.kind && one.message === other.message
  );
}
