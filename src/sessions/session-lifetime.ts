const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** Output so fresh that the program is at work. */
const ACTIVE_MS = 60_000;

/** What decides how long a session lives. Times in milliseconds, `now` and `endedAt` of the wall clock. */
export interface LifetimeFacts {
  readonly now: number;
  readonly ended: boolean;
  readonly endedAt: number | null;
  readonly keep: boolean;
  /** As the PTY host says; absent while it cannot be asked. */
  readonly host?: { readonly attachments: number; readonly idleOutputMs: number; readonly idleViewerMs: number };
  readonly limits: LifetimeLimits;
  /** Of a session that is hibernated instead of ended, and goes on when it is opened again. */
  readonly hibernates?: {
    /** Absent: only by the retention. */
    readonly afterMinutes?: number;
    /** It has ended, but only for now. */
    readonly now: boolean;
  };
}

export interface LifetimeLimits {
  readonly retentionMinutes: number;
  readonly endedRetentionDays: number;
}

/** Why a session is still there, and until when. */
export interface Lifetime {
  readonly state: 'watched' | 'kept' | 'active' | 'idle' | 'hibernated' | 'ended';
  readonly because: string;
  readonly viewers: number;
  /** Since somebody watched or something was printed, whichever was later. */
  readonly idleSeconds: number;
  /** When it is ended, or removed when it has ended; absent: not by itself. */
  readonly expiresAt: Date | null;
}

/** For how long nobody has used it: it neither printed anything nor was it watched. */
export function idleMs(host: { readonly idleOutputMs: number; readonly idleViewerMs: number }): number {
  return Math.min(host.idleOutputMs, host.idleViewerMs);
}

export function retentionMs({ retentionMinutes }: Pick<LifetimeLimits, 'retentionMinutes'>): number {
  return retentionMinutes * MINUTE_MS;
}

export function endedRetentionMs({ endedRetentionDays }: Pick<LifetimeLimits, 'endedRetentionDays'>): number {
  return endedRetentionDays * DAY_MS;
}

export function lifetimeOf(facts: LifetimeFacts): Lifetime {
  return facts.ended ? lifetimeOfEnded(facts) : lifetimeOfRunning(facts);
}

function lifetimeOfEnded({ keep, endedAt, limits, hibernates }: LifetimeFacts): Lifetime {
  const [state, what] = hibernates?.now
    ? (['hibernated', 'It is hibernated; opening it goes on with the conversation.'] as const)
    : (['ended', 'It has ended.'] as const);
  const none = { state, viewers: 0, idleSeconds: 0, expiresAt: null } as const;
  if (keep) return { ...none, because: `${what} It is marked to be kept: its transcript stays.` };
  if (endedAt === null) return { ...none, because: what };
  const days = limits.endedRetentionDays;
  return {
    ...none,
    because: `${what} Its transcript is held for ${count(days, 'day')} (SESSION_ENDED_RETENTION_DAYS).`,
    expiresAt: new Date(endedAt + endedRetentionMs(limits)),
  };
}

function lifetimeOfRunning(facts: LifetimeFacts): Lifetime {
  const { now, keep, host, limits, hibernates } = facts;
  const limit = count(limits.retentionMinutes, 'minute');
  if (!host) {
    const state = keep ? 'kept' : 'active';
    const because = 'The PTY host cannot be asked right now; nothing is ended meanwhile.';
    return { state, because, viewers: 0, idleSeconds: 0, expiresAt: null };
  }
  const viewers = host.attachments;
  const idle = idleMs(host);
  const common = { viewers, idleSeconds: Math.floor(idle / 1000) };
  if (viewers > 0) {
    const who = viewers === 1 ? 'Somebody watches' : `${viewers} viewers watch`;
    return { ...common, state: 'watched', because: `${who} it${hibernation(facts)}.`, expiresAt: null };
  }
  if (keep)
    return { ...common, state: 'kept', because: 'It is marked to be kept, so it is never ended.', expiresAt: null };
  const expiresAt = new Date(now + Math.max(0, retentionMs(limits) - idle));
  const end = hibernates ? 'hibernated' : 'ended';
  const rule = `it is ${end} after ${limit} without viewers and without output (SESSION_RETENTION_MINUTES)${hibernation(facts)}.`;
  const isActive = host.idleOutputMs < ACTIVE_MS;
  return isActive
    ? { ...common, state: 'active', because: `Nobody watches, but its program prints; ${rule}`, expiresAt }
    : { ...common, state: 'idle', because: `Nobody watches and nothing is printed; ${rule}`, expiresAt };
}

/** By the state of its conversation and not by who watches: no time can be given. */
function hibernation({ hibernates, keep }: LifetimeFacts): string {
  if (keep || !hibernates?.afterMinutes) return '';
  const limit = count(hibernates.afterMinutes, 'minute');
  return `; it is hibernated once it has waited for ${limit} and nobody has typed (CLAUDE_HIBERNATE_MINUTES)`;
}

function count(n: number, unit: string): string {
  return `${n} ${unit}${n === 1 ? '' : 's'}`;
}
