import type { SessionInfo } from './api';
import type { AttentionList } from './claude/attention-list';
import type { SeenActivity } from './seen-activity';
import type { Target } from './session-actions';
import type { SessionList } from './session-list';
import { labelOf } from './session-label';
import type { SessionTab } from './session-tab';
import type { Sidebar } from './sidebar';
import type { Workspace } from './workspace';

/** Keeps the sidebar showing what the server lists, what the opened tabs know, and what is new. */
export class SidebarPresenter {
  private unwatchTabs: (() => void)[] = [];

  constructor(
    private readonly sidebar: Sidebar,
    private readonly list: SessionList,
    private readonly workspace: Workspace,
    private readonly seen: SeenActivity,
    private readonly attention: AttentionList,
  ) {}

  static target(session: SessionInfo): Target {
    const { id, gateway, status } = session;
    return { id, gateway, label: labelOf(session), ended: status === 'ended' };
  }

  watch(): () => void {
    const { list, workspace } = this;
    const projects = (): void => this.sidebar.showProjects(list.projects.value, list.project.value);
    const stops = [
      list.projects.watch(projects),
      list.project.watch(projects),
      list.sessions.watch((sessions) => {
        this.takeNames(sessions);
        this.show();
      }),
      this.attention.sessions.watch(() => this.show()),
      workspace.active.watch(() => this.show()),
      workspace.tabs.watch((tabs) => {
        this.stopTabs();
        this.unwatchTabs = tabs.map((tab) => tab.state.watch(() => this.show()));
      }),
    ];
    return () => {
      this.stopTabs();
      stops.forEach((stop) => stop());
    };
  }

  /** Another window may have renamed a session. */
  private takeNames(sessions: readonly SessionInfo[]): void {
    for (const { id, name } of sessions) this.tabOf(id)?.state.patch({ name });
  }

  private show(): void {
    const sessions = this.list.sessions.value;
    const active = this.workspace.active.value;
    // An opened tab knows better than the poll; a session counts as looked at while its tab is in front.
    this.seen.update(sessions, (id) => this.tabOf(id) !== undefined && !this.tabOf(id)?.state.value.unread);
    this.sidebar.showSessions(
      sessions.map((session) => {
        const tab = this.tabOf(session.id);
        return {
          session,
          tab: tab?.state.value,
          claude: tab?.state.value.claude ?? this.attention.stateOf(session.id),
          current: tab !== undefined && tab === active,
          news: tab === undefined && session.gateway === 'terminal' && this.isNews(session),
        };
      }),
    );
  }

  private isNews(session: SessionInfo): boolean {
    return session.status !== 'ended' && this.seen.hasNews(session);
  }

  private tabOf(id: string): SessionTab | undefined {
    return this.workspace.tabs.value.find((tab) => tab.state.value.sessionId === id);
  }

  private stopTabs(): void {
    this.unwatchTabs.forEach((stop) => stop());
  }
}
