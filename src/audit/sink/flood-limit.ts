import type { AuditCode } from '../audit-codes';
import type { AuditEntry } from '../audit-log';

const WINDOW_MS = 60_000;
/** Enough to see what somebody tries; the rest of a minute is only counted. */
const MAX_IN_WINDOW = 20;
/** Kinds and sources in one minute. Beyond it they share one count, so that an attacker with many addresses fills no memory. */
const MAX_KEYS = 5_000;
const EVERYBODY_ELSE = 'others';

/** What anybody can cause as often as they like, without a login or from inside a terminal. */
const LIMITED: ReadonlySet<AuditCode> = new Set([
  'ws.refused',
  'access.refused',
  'limit.hit',
  'policy.denied',
  'claude.refused',
]);

interface Window {
  readonly since: number;
  readonly entry: AuditEntry;
  count: number;
}

export interface Suppressed {
  /** One of them. */
  readonly entry: AuditEntry;
  readonly count: number;
}

/** Keeps a flood of refusals from filling the disk: so many of one kind and source in a minute are written, others counted. */
export class FloodLimit {
  private readonly windows = new Map<string, Window>();

  admits(entry: AuditEntry, now: number): boolean {
    if (!LIMITED.has(entry.code)) return true;
    const key = this.keyFor(entry);
    const window = this.windows.get(key) ?? { since: now, entry, count: 0 };
    window.count++;
    this.windows.set(key, window);
    return window.count <= MAX_IN_WINDOW;
  }

  /** What was only counted in minutes that are over. */
  takeSuppressed(now: number): Suppressed[] {
    const suppressed: Suppressed[] = [];
    for (const [key, { since, entry, count }] of this.windows) {
      if (now - since < WINDOW_MS) continue;
      this.windows.delete(key);
      if (count > MAX_IN_WINDOW) suppressed.push({ entry, count: count - MAX_IN_WINDOW });
    }
    return suppressed;
  }

  private keyFor({ code, reason, actor, source }: AuditEntry): string {
    const key = JSON.stringify([code, reason, actor?.userId, source?.ip]);
    return this.windows.has(key) || this.windows.size < MAX_KEYS ? key : EVERYBODY_ELSE;
  }
}
