import type { ClaudeAttention } from '@holdfast/protocol';
import type { Api } from '../api';
import type { Clients } from '../clients';
import type { Observable } from '../observable';
import type { Settings } from '../settings';
import type { Workspace } from '../workspace';
import { AttentionButton, nameOf } from './attention-button';
import { AttentionList } from './attention-list';
import { Availability } from './availability';
import { notify } from './browser-notifications';
import { Notifier } from './notifier';

export interface ClaudePartDeps {
  readonly api: Api;
  readonly clients: Clients;
  readonly settings: Observable<Settings>;
  readonly workspace: Workspace;
}

/** What the page has of Claude sessions besides their tabs: whether there can be any, and which of them need the user. */
export class ClaudePart {
  readonly attention: AttentionList;
  readonly availability: Availability;
  readonly button: AttentionButton;
  private readonly stops: (() => void)[] = [];
  private notifier: Notifier | undefined;

  constructor(private readonly deps: ClaudePartDeps) {
    const { api, clients } = deps;
    this.attention = new AttentionList(() => api.claudeSessions());
    this.availability = new Availability(() => api.claude());
    this.button = new AttentionButton(this.attention, (session) => this.jump(session));
    const told = clients.on('claude.attention', (attention) => this.attention.take(attention));
    // At the start, and because whatever was said while there was no connection was missed.
    const back = clients.on('welcome', () => void this.refresh());
    this.stops.push(
      () => told.dispose(),
      () => back.dispose(),
      () => this.button.dispose(),
      this.followWaking(),
    );
  }

  dispose(): void {
    for (const stop of this.stops.splice(0)) stop();
  }

  private async refresh(): Promise<void> {
    await Promise.all([this.attention.refresh(), this.availability.refresh()]);
    this.startNotifying();
  }

  private jump({ sessionId, projectId }: ClaudeAttention): void {
    document.documentElement.removeAttribute('data-drawer');
    this.deps.workspace.open({ sessionId, projectId, gateway: 'claude' }).claude?.focusCard();
  }

  /** Once it is known what needs the user already. */
  private startNotifying(): void {
    if (this.notifier) return;
    const { settings, workspace } = this.deps;
    const notifier = (this.notifier = new Notifier({
      show: (notice, session) => notify(notice, () => this.jump(session)),
      isLookedAt: (id) => !document.hidden && workspace.active.value?.state.value.sessionId === id,
      nameOf,
      withSummary: () => settings.value.notifyDetails,
      enabled: () => settings.value.notify,
    }));
    this.stops.push(this.attention.sessions.watch(() => notifier.take(this.attention.needsMe)));
  }

  /** A session that sleeps in a tab here was woken on another device: this tab goes along. */
  private followWaking(): () => void {
    let before = this.attention.sessions.value;
    return this.attention.sessions.watch((sessions) => {
      const woken = [...sessions.values()].filter(
        ({ sessionId, state }) =>
          before.get(sessionId)?.state === 'hibernated' && state !== 'hibernated' && state !== 'exited',
      );
      before = sessions;
      for (const { sessionId } of woken) {
        const tab = this.deps.workspace.tabs.value.find(({ state }) => state.value.sessionId === sessionId);
        if (tab?.state.value.phase === 'asleep') tab.wake();
      }
    });
  }
}
