import type { SessionInfo } from './api';
import type { ExitStatus } from './pane-notices';

/** Ended to save memory, and started again when somebody opens it. */
export function isAsleep({
  gateway,
  status,
  endReason,
}: Pick<SessionInfo, 'gateway' | 'status' | 'endReason'>): boolean {
  return gateway === 'claude' && status === 'ended' && endReason === 'hibernated';
}

/** In Unix milliseconds; `undefined`: it is not asleep. */
export function asleepSince(session: SessionInfo): number | undefined {
  return isAsleep(session) ? Date.parse(session.endedAt ?? '') || Date.now() : undefined;
}

/** Ended for good, as the list shows it. */
export function isOver(session: Pick<SessionInfo, 'gateway' | 'status' | 'endReason'>): boolean {
  return session.status === 'ended' && !isAsleep(session);
}

/** A Claude session that its user did not end: the server starts its process again, with its conversation. */
export function canResume({ reason, exitCode }: ExitStatus): boolean {
  return reason !== 'terminated' && reason !== 'expired' && exitCode !== 0;
}
