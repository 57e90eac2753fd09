import { Injectable } from '@nestjs/common';
import { ErrorCode } from '@holdfast/protocol';
import { Clock } from '../../kernel/clock';
import { DomainError } from '../../kernel/domain-error';
import { PtyHostClient } from '../../pty-client/pty-host-client';
import { SessionProcesses } from '../../sessions/session-processes';
import { SessionRepository } from '../../sessions/session.repository';
import { ClaudeRecords } from '../records/claude-records';
import { type HibernationLimits, hibernatesIfUntyped } from './idle-sessions';

/** The processes of Claude sessions on this host that nobody needs now. */
@Injectable()
export class IdleProcesses {
  constructor(
    private readonly host: PtyHostClient,
    private readonly processes: SessionProcesses,
    private readonly records: ClaudeRecords,
    private readonly repository: SessionRepository,
    private readonly clock: Clock,
  ) {}

  /** Not those that are kept: something may run in the background there. Without the database nobody knows which, and all stay. */
  async hibernate(limits: HibernationLimits): Promise<void> {
    const { sessions } = await this.host.request('list', {});
    const now = this.clock.now();
    const due = sessions.flatMap((session) => {
      if (session.exit || session.labels?.gateway !== 'claude') return [];
      const ifUntypedMs = hibernatesIfUntyped(session, this.records.read(session.sessionId), limits, now);
      return ifUntypedMs === undefined ? [] : [{ key: session.sessionId, ifUntypedMs }];
    });
    if (due.length === 0) return;
    const keep = await this.repository.keepByKey(due.map(({ key }) => key));
    for (const { key, ifUntypedMs } of due) {
      if (keep.get(key) !== false) continue;
      // The host looks again: somebody may begin to type at this moment.
      await this.processes.hibernate(key, ifUntypedMs).catch(unlessInUse);
    }
  }
}

function unlessInUse(error: unknown): void {
  const isExpected =
    error instanceof DomainError && (error.code === ErrorCode.conflict || error.code === ErrorCode.sessionNotFound);
  if (!isExpected) throw error;
}
