import { CLAUDE_NEEDS_ME, type ClaudeAttention, type ClaudeStateName, printable } from '@holdfast/protocol';
import type { SessionEntity } from '../../sessions/session.entity';
import type { ClaudeRecord } from '../records/claude-record';
import { summaryOf } from './claude-state';

/** Announcements have 8000 bytes. */
const MAX_NAME = 200;
/** What the CLI puts before its titles: a sign for what it does. */
const GLYPH = /^[^\p{L}\p{N}]+/u;

export function needsMe(state: ClaudeStateName): boolean {
  return CLAUDE_NEEDS_ME.includes(state);
}

/** As its user named it, else its title. */
export function nameOf(session: Pick<SessionEntity, 'name' | 'title'> | null): string {
  if (!session) return '';
  return printable(session.name ?? session.title.replace(GLYPH, ''), MAX_NAME);
}

export function attentionOf(
  record: ClaudeRecord,
  session: Pick<SessionEntity, 'name' | 'title'> | null,
): ClaudeAttention {
  const { sessionId, projectId, state } = record;
  const summary = summaryOf(record);
  return {
    ...state,
    sessionId,
    projectId,
    name: nameOf(session),
    needsMe: needsMe(state.state),
    ...(summary !== undefined && { summary }),
  };
}
