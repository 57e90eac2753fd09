import { Injectable } from '@nestjs/common';
import type { Principal } from '../../auth/principal';
import { type Page, toPage } from '../../infrastructure/http/page';
import { DomainError } from '../../kernel/domain-error';
import { SessionProcesses } from '../../sessions/session-processes';
import { SessionViews } from '../../sessions/session-view';
import { SessionWrites } from '../../sessions/session-writes';
import type { SessionEntity } from '../../sessions/session.entity';
import { SessionCompany } from '../../sharing/session-company';
import type { AdminSessionDetails, AdminSessionView, SessionSearch } from './admin-sessions.schemas';
import { AllSessions } from './all-sessions';

/** Sessions of all users, with what the PTY host says of them. */
@Injectable()
export class AdminSessions {
  constructor(
    private readonly all: AllSessions,
    private readonly processes: SessionProcesses,
    private readonly views: SessionViews,
    private readonly writes: SessionWrites,
    private readonly company: SessionCompany,
  ) {}

  async search(query: SessionSearch): Promise<Page<AdminSessionView>> {
    const [sessions, live] = await Promise.all([this.all.search(query), this.processes.byKey()]);
    return toPage(
      sessions,
      query.limit,
      ({ storageKey }) => storageKey,
      (session) => ({ ...this.views.of(session, live.get(session.storageKey)), ...who(session) }),
    );
  }

  /** With the reason why it is still there. */
  async inspect(session: SessionEntity): Promise<AdminSessionDetails> {
    const info = await this.processes.info(session.storageKey).catch(() => undefined);
    return { ...this.views.inDetail(session, info?.session, info?.epochs), ...who(session) };
  }

  /** Whoever is there is told why, as far as that works; so is its history. */
  async terminate(session: SessionEntity, { userId, email }: Principal, reason: string): Promise<void> {
    const { storageKey, status } = session;
    if (status === 'ended') throw new DomainError('session_ended', 'This session has ended already.');
    const by = { id: userId, email };
    await this.company.send(storageKey, { kind: 'terminating', by, reason }).catch(() => 0);
    this.writes.event(storageKey, { kind: 'terminated-by-administrator', data: { by: userId, reason } });
    await this.processes.terminate(storageKey);
  }
}

function who({ owner, hostId }: SessionEntity): { ownerEmail: string; node: string | null } {
  return { ownerEmail: owner?.email ?? '', node: hostId };
}
