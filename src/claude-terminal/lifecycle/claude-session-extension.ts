import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { ClaudeState } from '@holdfast/protocol';
import type { HostSession } from '../../pty-host/wire/host-messages';
import { isReplaceable } from '../../sessions/replaceable';
import { type SessionExtension, SessionExtensions } from '../../sessions/session-extensions';
import type { SessionEntity } from '../../sessions/session.entity';
import type { ClaudeSessionChange, ClaudeSessionView } from '../../sessions/session.schemas';
import { ClaudeRecords } from '../records/claude-records';
import { needsMe } from '../status/attention';
import { ClaudeStatus } from '../status/claude-status';
import { Afterlife } from './afterlife';

/** Claude sessions among the others, in REST. */
@Injectable()
export class ClaudeSessionExtension implements SessionExtension, OnModuleInit {
  constructor(
    private readonly extensions: SessionExtensions,
    private readonly records: ClaudeRecords,
    private readonly status: ClaudeStatus,
    private readonly afterlife: Afterlife,
  ) {}

  onModuleInit(): void {
    this.extensions.register('claude', this);
  }

  describe({ storageKey }: SessionEntity, host: HostSession | undefined): ClaudeSessionView | undefined {
    const record = this.records.read(storageKey);
    if (!record) return undefined;
    const { interrupted, autoContinue, state: known } = record;
    const { state, since, until, ...more } = host?.exit && !record.signs.over ? overBy(host, known.since) : known;
    return {
      ...more,
      state,
      since: new Date(since).toISOString(),
      ...(until !== undefined && { until: new Date(until).toISOString() }),
      needsMe: needsMe(state),
      interrupted,
      autoContinue,
    };
  }

  async change({ storageKey }: SessionEntity, { autoContinue }: ClaudeSessionChange): Promise<void> {
    await this.status.change(storageKey, (record) => record && { ...record, autoContinue });
  }

  removed({ storageKey }: SessionEntity): void {
    this.afterlife.removed(storageKey);
  }
}

/** The host knows first. */
function overBy(host: HostSession, since: number): ClaudeState {
  return { state: isReplaceable(host) ? 'hibernated' : 'exited', since: host.endedAt ?? since };
}
