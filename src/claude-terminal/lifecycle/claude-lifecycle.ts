import { Injectable } from '@nestjs/common';
import { Clock } from '../../kernel/clock';
import { Ids } from '../../kernel/ids';
import type { HostSession } from '../../pty-host/wire/host-messages';
import { storageKey } from '../../sessions/session-ids';
import type { SessionToLaunch } from '../../sessions/session-opener';
import { ClaudeConversations, type PreparedConversation } from '../launch/claude-conversations';
import { type ClaudeRecord, newClaudeRecord } from '../records/claude-record';
import { ClaudeStatus } from '../status/claude-status';
import { reduce } from '../status/reduce';
import { ConversationClaims, wasRefused } from './conversation-claims';
import { ELSEWHERE, type NextStart, nextStart } from './next-start';
import { startNotice } from './start-notice';
import { Transcripts } from './transcripts';

/** Which conversation a new process of a session goes on with. */
@Injectable()
export class ClaudeLifecycle extends ClaudeConversations {
  constructor(
    private readonly transcripts: Transcripts,
    private readonly claims: ConversationClaims,
    private readonly status: ClaudeStatus,
    private readonly ids: Ids,
    private readonly clock: Clock,
  ) {
    super();
  }

  /** For a process that is about to be made. Called by several gateways at once for one session, it answers all of them the same. */
  prepare(session: SessionToLaunch): Promise<PreparedConversation> {
    const key = storageKey(session.id, session.projectId);
    return this.claims.exclusively(async () => {
      const before = await this.claims.process(key);
      const known = this.claims.recordOf(key) ?? this.newRecord(key, session);
      const next = await this.next(known, before);
      const record = await this.status.change(key, (now) => this.started(now ?? known, before, next));
      return { conversationId: next.conversationId, resume: next.resume, notice: record?.notice };
    });
  }

  private newRecord(key: string, { id: sessionId, projectId, ownerId }: SessionToLaunch): ClaudeRecord {
    const conversationId = this.ids.uuid();
    return newClaudeRecord({ key, sessionId, projectId, ownerId, conversationId }, this.clock.now());
  }

  private async next(known: ClaudeRecord, before: HostSession | undefined): Promise<NextStart> {
    const files = this.transcripts.of(known);
    const others = await this.claims.others(known);
    const fresh = (): NextStart => ({ conversationId: this.ids.uuid(), resume: false, attempt: 0, notice: ELSEWHERE });
    if (others.some(({ runs }) => runs)) return fresh();
    for (const { key } of others) {
      const { conversationId, notice } = fresh();
      await this.status.change(
        key,
        (other) => other && { ...other, conversation: { id: conversationId, seen: false }, notice },
      );
    }
    return nextStart({
      conversationId: known.conversation.id,
      start: known.start,
      refused: wasRefused(before),
      hasTranscript: (id) => files.has(id),
      newId: () => this.ids.uuid(),
    });
  }

  private started(known: ClaudeRecord, before: HostSession | undefined, next: NextStart): ClaudeRecord {
    const at = this.clock.now();
    const { conversationId, resume, attempt, lost } = next;
    const launch = { kind: 'launch', conversation: { id: conversationId, seen: resume } } as const;
    const record = reduce(ended(known, before, at), launch, at).record;
    const goesOn = conversationId === known.conversation.id;
    return {
      ...record,
      start: { at, resume, attempt, ...(lost !== undefined && { lost }) },
      interrupted: record.interrupted && goesOn,
      notice: next.notice ?? startNotice(record, resume),
    };
  }
}

/** Whoever opens it may be faster than the word that its process has ended. */
function ended(record: ClaudeRecord, before: HostSession | undefined, now: number): ClaudeRecord {
  if (!before?.exit || record.signs.over) return record;
  const { reason, exitCode } = before.exit;
  return reduce(record, { kind: 'exit', reason, exitCode }, now).record;
}
