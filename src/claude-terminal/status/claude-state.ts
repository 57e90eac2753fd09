import { type ClaudeState, printable } from '@holdfast/protocol';
import type { ClaudeRecord } from '../records/claude-record';

/** A line in a list. */
const MAX_SUMMARY = 200;

type Known = Pick<ClaudeRecord, 'signs' | 'permissions'>;

/** The state that follows from what is known: what stands first counts. */
function derive(known: Known): Omit<ClaudeState, 'since'> {
  const { signs, permissions } = known;
  const { over, asksUnseen, api, turn } = signs;
  if (over) return { state: over };
  if (permissions.length > 0) {
    const isQuestion = permissions.every(({ kind }) => kind === 'question');
    return { state: isQuestion ? 'needs_answer' : 'needs_permission', message: summaryOf(known) };
  }
  if (asksUnseen) return { state: 'needs_permission', message: 'It asks something: answer in the terminal.' };
  switch (turn.name) {
    case 'working':
      if (api) return { state: api.name, ...(api.until !== undefined && { until: api.until }) };
      return { state: 'working', ...(turn.tool !== undefined && { tool: turn.tool }) };
    case 'error':
      return { state: 'error', kind: turn.kind, ...(turn.message !== undefined && { message: turn.message }) };
    case 'waiting':
      return { state: 'waiting' };
  }
}

/** `before`: the state so far, which goes on for as long as it has the same name. */
export function stateOf(known: Known, before: ClaudeState, now: number): ClaudeState {
  const state = derive(known);
  return { ...state, since: state.state === before.state ? before.since : now };
}

/** What it wants to do, in a line. */
export function summaryOf({ permissions }: Pick<ClaudeRecord, 'permissions'>): string | undefined {
  const [first, ...others] = permissions;
  if (!first) return undefined;
  const about = first.questions?.[0]?.question ?? first.path ?? first.detail.split('\n', 1)[0] ?? '';
  const more = others.length > 0 ? ` (and ${others.length} more)` : '';
  return printable(`${first.tool}: ${about}`, MAX_SUMMARY - more.length) + more;
}
