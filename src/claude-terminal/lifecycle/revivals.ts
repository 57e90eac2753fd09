import { Injectable, Logger } from '@nestjs/common';
import { errorMessage } from '../../infrastructure/startup-error';
import { Clock } from '../../kernel/clock';
import type { ClaudeRecord } from '../records/claude-record';
import { ClaudeRecords } from '../records/claude-records';
import { ClaudeStatus } from '../status/claude-status';
import { continuesByItself, recentOf } from './auto-continue';
import { ClaudeStarter } from './claude-starter';
import { Interruptions } from './interruptions';

/**
 * Goes on with interrupted work in the sessions whose users have asked for it, also after a restart of the machine; all others wait for
 * somebody. One after the other: each start costs a second of a core.
 */
@Injectable()
export class Revivals {
  private readonly log = new Logger(Revivals.name);

  constructor(
    private readonly records: ClaudeRecords,
    private readonly status: ClaudeStatus,
    private readonly starter: ClaudeStarter,
    private readonly interruptions: Interruptions,
    private readonly clock: Clock,
  ) {}

  async sweep(): Promise<void> {
    for (const record of this.records.all()) {
      if (!continuesByItself(record, this.clock.now())) continue;
      try {
        await this.revive(record);
      } catch (error) {
        this.log.warn(`The interrupted session ${record.sessionId} does not go on by itself: ${errorMessage(error)}`);
      }
    }
  }

  private async revive({ key, sessionId: id, projectId, ownerId }: ClaudeRecord): Promise<void> {
    const now = this.clock.now();
    // Counted before it is tried: what fails each time is not tried for ever.
    await this.status.change(
      key,
      (record) => record && { ...record, autoContinued: [...recentOf(record.autoContinued, now), now] },
    );
    const owner = await this.starter.owner(ownerId);
    if (!owner) return;
    await this.starter.start(owner, { id, projectId });
    await this.interruptions.continue(key);
  }
}
