import type { Client } from '@holdfast/client';
import type { Size } from './size';
import { h } from './dom';
import { Observable } from './observable';
import { readRoute, writeRoute } from './route';
import type { Gateway } from './session-label';
import { SessionTab, type SessionRef, type TabActions } from './session-tab';
import type { TabMemory } from './tab-memory';
import type { ViewDeps } from './terminal-view';

export interface WorkspaceDeps extends ViewDeps {
  readonly clientOf: (gateway: Gateway) => Client;
  readonly memory: TabMemory;
  readonly userId: string;
  /** The role with which the user may open sessions of a project. */
  readonly mayWrite: (projectId: string) => boolean;
  readonly contextMenu: TabActions['contextMenu'];
  readonly changed: () => void;
  /** Which of these the server has. */
  readonly existing: (refs: readonly SessionRef[]) => Promise<readonly SessionRef[]>;
  readonly openNew: TabActions['openNew'];
  readonly forceSize: TabActions['forceSize'];
}

/** Where nothing can be measured. */
const FIRST_SIZE: Size = { cols: 80, rows: 24 };

/** The opened terminals and which of them is in front. */
export class Workspace {
  readonly tabs = new Observable<readonly SessionTab[]>([]);
  readonly active = new Observable<SessionTab | undefined>(undefined);
  readonly element = h('div', { class: 'panes', id: 'panes' });
  private readonly tabActions: TabActions;

  constructor(private readonly deps: WorkspaceDeps) {
    const { contextMenu, openNew, forceSize } = deps;
    const changed = (): void => {
      this.remember();
      deps.changed();
    };
    this.tabActions = { close: (tab) => this.close(tab), openNew, contextMenu, forceSize, changed };
  }

  /**
   * Opens the tabs of the last visit; a deep link comes to the front. Only sessions that exist: opening one that was
   * removed would make a new one of the same name.
   */
  async restore(): Promise<void> {
    const { tabs, active } = this.deps.memory.load();
    const linked = readRoute();
    const refs: SessionRef[] = [...tabs];
    if (linked && !tabs.some((tab) => tab.sessionId === linked.sessionId)) refs.push(linked);
    for (const ref of await this.deps.existing(refs)) this.add(ref);
    const front = linked?.sessionId ?? active;
    const tab = this.tabs.value.find((tab) => tab.state.value.sessionId === front) ?? this.tabs.value.at(-1);
    if (tab) this.activate(tab);
    for (const each of this.tabs.value) this.start(each);
  }

  /** Brings a session to the front, in the tab it has or in a new one. Without a session id: a new session. */
  open(ref: SessionRef): SessionTab {
    const existing = ref.sessionId && this.tabs.value.find((tab) => tab.state.value.sessionId === ref.sessionId);
    const tab = existing || this.add(ref);
    this.activate(tab);
    if (!existing) this.start(tab);
    return tab;
  }

  activate(tab: SessionTab): void {
    const before = this.active.value;
    if (before !== tab) {
      before?.setActive(false);
      tab.setActive(true);
      this.active.set(tab);
    }
    this.remember();
    tab.view.focus();
  }

  /** Closes the tab; its session runs on. */
  close(tab: SessionTab): void {
    const at = this.tabs.value.indexOf(tab);
    if (at < 0) return;
    const rest = this.tabs.value.filter((other) => other !== tab);
    tab.detach();
    this.tabs.set(rest);
    if (this.active.value === tab) {
      this.active.set(undefined);
      const next = rest[Math.min(at, rest.length - 1)];
      if (next) this.activate(next);
    }
    this.remember();
    this.deps.changed();
  }

  step(by: number): void {
    const all = this.tabs.value;
    const at = this.active.value ? all.indexOf(this.active.value) : 0;
    const tab = all[(at + by + all.length) % all.length];
    if (tab) this.activate(tab);
  }

  /** The address was changed by hand or by a link. */
  async followRoute(): Promise<void> {
    const linked = readRoute();
    if (!linked || linked.sessionId === this.active.value?.state.value.sessionId) return;
    const [ref] = await this.deps.existing([linked]);
    if (ref) this.open(ref);
  }

  dispose(): void {
    for (const tab of this.tabs.value) tab.detach();
  }

  private add(ref: SessionRef): SessionTab {
    const tab = new SessionTab({ ...this.deps, actions: this.tabActions }, ref);
    this.element.append(tab.view.element);
    this.tabs.set([...this.tabs.value, tab]);
    return tab;
  }

  private start(tab: SessionTab): void {
    const size = this.active.value?.view.fitting() ?? FIRST_SIZE;
    tab.start(this.deps.mayWrite(tab.state.value.projectId) ? 'writer' : 'viewer', size);
  }

  private remember(): void {
    const open = this.tabs.value.filter((tab) => tab.state.value.sessionId && tab.state.value.phase !== 'failed');
    this.deps.memory.save({
      tabs: open.map(({ label, state: { value } }) => ({
        projectId: value.projectId,
        sessionId: value.sessionId as string,
        name: label,
      })),
      active: this.active.value?.state.value.sessionId,
    });
    writeRoute(this.active.value?.state.value);
  }
}
