import { Injectable } from '@nestjs/common';
import type { Principal } from '../../auth/principal';
import { isDatabaseUnavailable } from '../../infrastructure/database/database-errors';
import { ProjectsService } from '../../projects/projects.service';
import { SessionStore } from '../../sessions/session-store';
import { type ClaudeRecord, publicPermission } from '../records/claude-record';
import { ClaudeRecords } from '../records/claude-records';
import { ClaudeSessionRows } from '../records/claude-session-rows';
import type { ClaudeSessionEntity } from '../records/claude-session.entity';
import { attentionOf, nameOf, needsMe } from '../status/attention';
import type { ClaudeSessionView } from './claude-sessions.schemas';

/** One user's sessions of this node in one answer; who has more sees the newest. */
const MAX_SHOWN = 200;

/** A user's Claude sessions: those of this node from their records, those of others as they last said. */
@Injectable()
export class ClaudeSessionList {
  constructor(
    private readonly records: ClaudeRecords,
    private readonly rows: ClaudeSessionRows,
    private readonly sessions: SessionStore,
    private readonly projects: ProjectsService,
  ) {}

  /** Those that wait for their user first, the longest wait first; then the newest. */
  async of(caller: Principal, only: { readonly needsMe?: boolean | undefined }): Promise<ClaudeSessionView[]> {
    const isVisible = await this.visibility(caller);
    const isWanted = (one: ClaudeSessionView): boolean => only.needsMe === undefined || one.needsMe === only.needsMe;
    const here = this.records
      .all()
      .filter(({ ownerId, projectId }) => ownerId === caller.userId && isVisible(projectId))
      .filter(({ state }) => only.needsMe === undefined || needsMe(state.state) === only.needsMe)
      .sort((a, b) => b.state.since - a.state.since)
      .slice(0, MAX_SHOWN);
    const local = await Promise.all(here.map((record) => this.local(record)));
    const remote = (await this.elsewhere(caller)).filter(({ projectId }) => isVisible(projectId)).filter(isWanted);
    return [...local, ...remote].sort(byUrgency);
  }

  private async local(record: ClaudeRecord): Promise<ClaudeSessionView> {
    const session = await this.sessions.findByKey(record.key).catch(() => null);
    return { ...attentionOf(record, session), permissions: record.permissions.map(publicPermission) as never };
  }

  private async elsewhere({ userId }: Principal): Promise<ClaudeSessionView[]> {
    try {
      return (await this.rows.elsewhere(userId)).flatMap((row) => ofRow(row) ?? []);
    } catch (error) {
      if (!isDatabaseUnavailable(error)) throw error;
      return [];
    }
  }

  /** Whoever was removed from a project does not see what is said there. Without the database, nobody was. */
  private async visibility({ userId, role }: Principal): Promise<(projectId: string) => boolean> {
    if (role === 'admin') return () => true;
    try {
      const visible = new Set(await this.projects.idsVisibleTo(userId));
      return (projectId) => visible.has(projectId);
    } catch (error) {
      if (!isDatabaseUnavailable(error)) throw error;
      return () => true;
    }
  }
}

function ofRow({
  session,
  state,
  since,
  until,
  kind,
  message,
  summary,
}: ClaudeSessionEntity): ClaudeSessionView | undefined {
  if (!session) return undefined;
  return {
    sessionId: session.id,
    projectId: session.projectId,
    name: nameOf(session),
    state,
    since: since.getTime(),
    ...(until && { until: until.getTime() }),
    ...(kind !== null && { kind }),
    ...(message !== null && { message }),
    needsMe: needsMe(state),
    ...(summary !== null && { summary }),
  };
}

function byUrgency(a: ClaudeSessionView, b: ClaudeSessionView): number {
  if (a.needsMe !== b.needsMe) return a.needsMe ? -1 : 1;
  return a.needsMe ? a.since - b.since : b.since - a.since;
}
