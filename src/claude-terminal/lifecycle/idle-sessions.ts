import type { HostSession } from '../../pty-host/wire/host-messages';
import { idleMs } from '../../sessions/session-lifetime';
import type { ClaudeRecord } from '../records/claude-record';

/** A process that is killed while it starts leaves a complaint for its successor. */
const MIN_AGE_MS = 10_000;

export interface HibernationLimits {
  /** Milliseconds; 0 = never. */
  readonly hibernateMs: number;
  /** Milliseconds without viewers and without output. */
  readonly retentionMs: number;
}

/**
 * For how long nobody has to have typed when the process is ended now; undefined = it stays. Only what waits for its user goes: what
 * works, asks something or has failed would not be the same afterwards. Somebody who only looks does not keep it: opened again, it goes on.
 */
export function hibernatesIfUntyped(
  session: Pick<HostSession, 'exit' | 'createdAt' | 'idleInputMs' | 'idleOutputMs' | 'idleViewerMs'>,
  record: Pick<ClaudeRecord, 'state'> | undefined,
  { hibernateMs, retentionMs }: HibernationLimits,
  now: number,
): number | undefined {
  const { exit, createdAt, idleInputMs } = session;
  // An older host does not know when somebody typed.
  if (exit || idleInputMs === undefined || record?.state.state !== 'waiting') return undefined;
  if (now - createdAt < MIN_AGE_MS) return undefined;
  const waitedMs = now - record.state.since;
  const isDue = (limitMs: number): boolean => waitedMs >= limitMs && idleInputMs >= limitMs;
  if (hibernateMs > 0 && isDue(hibernateMs)) return hibernateMs;
  return idleMs(session) >= retentionMs && isDue(retentionMs) ? retentionMs : undefined;
}
