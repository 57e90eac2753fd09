import { ErrorCode } from '@holdfast/protocol';
import { DomainError } from '../kernel/domain-error';

/** How many sessions may run: in one project, of one user, in all. */
export interface SessionLimits {
  readonly project: number;
  readonly user: number;
  readonly total: number;
}

/** As many as run now, of the same. */
export type RunningSessions = SessionLimits;

const LIMITS = {
  project: { setting: 'SESSION_MAX_PER_PROJECT', whose: 'This project has' },
  user: { setting: 'SESSION_MAX_PER_USER', whose: 'You have' },
  total: { setting: 'SESSION_MAX_TOTAL', whose: 'This installation has' },
} as const;

/** `session_limit` when one more would be too many. */
export function refusalAtLimit(limits: SessionLimits, running: RunningSessions): DomainError | undefined {
  const scope = (['project', 'user', 'total'] as const).find((candidate) => running[candidate] >= limits[candidate]);
  if (!scope) return undefined;
  const { setting, whose } = LIMITS[scope];
  const [value, current] = [limits[scope], running[scope]];
  return new DomainError(
    ErrorCode.sessionLimit,
    `${whose} ${current} running sessions and may have ${value} (${setting}). Terminate one first.`,
    { details: { limit: setting, value, current } },
  );
}
