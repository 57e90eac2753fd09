import type { SessionRef } from './session-tab';

export interface RememberedTabs {
  readonly tabs: readonly Required<Pick<SessionRef, 'projectId' | 'sessionId' | 'name'>>[];
  /** The session that was in front. */
  readonly active?: string;
}

/** More would be attached at once at every reload. */
const MAX_TABS = 24;
const NOTHING: RememberedTabs = { tabs: [] };

/** Which terminals are open: for this browser tab, and for the next new one of the same user. */
export class TabMemory {
  private readonly key: string;

  constructor(userId: string) {
    this.key = `holdfast.tabs.${userId}`;
  }

  load(): RememberedTabs {
    return this.read(sessionStorage) ?? this.read(localStorage) ?? NOTHING;
  }

  save(remembered: RememberedTabs): void {
    const text = JSON.stringify({ ...remembered, tabs: remembered.tabs.slice(-MAX_TABS) });
    for (const storage of [sessionStorage, localStorage]) {
      try {
        storage.setItem(this.key, text);
      } catch {
        // Without storage a reload starts with the list of sessions.
      }
    }
  }

  private read(storage: Storage): RememberedTabs | undefined {
    try {
      const { tabs, active } = JSON.parse(storage.getItem(this.key) ?? '') as RememberedTabs;
      const valid = tabs.filter((tab) => typeof tab.projectId === 'string' && typeof tab.sessionId === 'string');
      return { tabs: valid.slice(-MAX_TABS), active };
    } catch {
      return undefined;
    }
  }
}
