import type { ClaudeRecord } from '../records/claude-record';

const HOUR_MS = 3_600_000;
/** In an hour. What is interrupted again and again has a reason, and each attempt costs money. */
const MAX_RECENT = 3;

/** Whether a session goes on without being asked: only when its user has asked for that before. */
export function continuesByItself(
  { interrupted, autoContinue, autoContinued }: Pick<ClaudeRecord, 'interrupted' | 'autoContinue' | 'autoContinued'>,
  now: number,
): boolean {
  return interrupted && autoContinue && recentOf(autoContinued, now).length < MAX_RECENT;
}

/** Those that count. A clock that was set back makes none of them last longer. */
export function recentOf(times: readonly number[] | undefined, now: number): number[] {
  return (times ?? []).filter((time) => time <= now && now - time < HOUR_MS);
}
