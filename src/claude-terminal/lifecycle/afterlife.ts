import { Injectable, Logger } from '@nestjs/common';
import { ClaudeTokens } from '../../claude-api/claude-tokens';
import { errorMessage } from '../../infrastructure/startup-error';
import type { ClaudeRecord } from '../records/claude-record';
import { ClaudeRecords } from '../records/claude-records';
import { GoneSessions } from './gone-sessions';
import { Transcripts } from './transcripts';

/** What is left of a Claude session goes with it: its token, its conversations, its record. */
@Injectable()
export class Afterlife {
  private readonly log = new Logger(Afterlife.name);

  constructor(
    private readonly records: ClaudeRecords,
    private readonly tokens: ClaudeTokens,
    private readonly transcripts: Transcripts,
    private readonly gone: GoneSessions,
  ) {}

  /** The session was removed. What fails is found by the next sweep, because the record goes last. */
  removed(key: string): void {
    this.forget(key).catch((error: unknown) => {
      this.log.warn(`What is left of a removed Claude session stays for now: ${errorMessage(error)}`);
    });
  }

  /** For sessions that were removed by others, or by a process that ended on the way. */
  async sweep(): Promise<void> {
    for (const { key } of await this.gone.among(this.records.all())) await this.forget(key);
  }

  private async forget(key: string): Promise<void> {
    this.tokens.revoke(key);
    const record = this.records.read(key);
    if (!record) return;
    const others = new Set(this.records.all().flatMap((other) => (other.key === key ? [] : conversationsOf(other))));
    const files = this.transcripts.of(record);
    for (const id of conversationsOf(record)) if (!others.has(id)) await files.remove(id);
    await this.records.remove(key);
  }
}

function conversationsOf({ conversation, earlier = [], start }: ClaudeRecord): string[] {
  return [conversation.id, ...earlier, ...(start?.lost === undefined ? [] : [start.lost])];
}
