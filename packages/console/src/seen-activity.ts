import type { SessionInfo } from './api';

const KEY = 'holdfast.seen';
const KEPT = 300;

/** Up to when the user has seen each session, to mark those with newer output. Times are the server's, never compared with ours. */
export class SeenActivity {
  private readonly seen: Map<string, string>;

  constructor() {
    this.seen = new Map(read());
  }

  /** A session that is met for the first time has nothing new. */
  hasNews({ id, lastActivityAt }: SessionInfo): boolean {
    const seen = this.seen.get(id);
    return seen !== undefined && lastActivityAt !== null && lastActivityAt > seen;
  }

  /** Takes the list of a poll: `looking` are the sessions whose terminal is on the screen. */
  update(sessions: readonly SessionInfo[], looking: (id: string) => boolean): void {
    let changed = false;
    for (const { id, lastActivityAt } of sessions) {
      if (lastActivityAt === null || this.seen.get(id) === lastActivityAt) continue;
      if (this.seen.has(id) && !looking(id)) continue;
      this.seen.delete(id);
      this.seen.set(id, lastActivityAt);
      changed = true;
    }
    if (changed) this.save();
  }

  private save(): void {
    try {
      localStorage.setItem(KEY, JSON.stringify([...this.seen].slice(-KEPT)));
    } catch {
      // Only a reload forgets it then.
    }
  }
}

function read(): [string, string][] {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '[]') as [string, string][];
  } catch {
    return [];
  }
}
