import type { AuthStore } from './auth-store';
import type { Command } from './commands';
import { h } from './dom';
import { sentence } from './errors';
import { icon } from './icons';
import { Observable } from './observable';
import type { SessionTab } from './session-tab';
import type { Settings } from './settings';
import { SuggestionApi, type SuggestionStatus } from './suggestion-api';
import { SuggestionAsking } from './suggestion-asking';
import { suggestionCommand, suggestionKey } from './suggestion-key';
import { SuggestionPrompt } from './suggestion-prompt';
import { suggestionSettings } from './suggestion-settings';
import type { Toasts } from './toasts';
import type { Workspace } from './workspace';

interface Deps {
  readonly auth: AuthStore;
  readonly settings: Observable<Settings>;
  readonly workspace: Workspace;
  readonly toasts: Toasts;
}

/** Command suggestions on the page: the key, the buttons, the offer after a failed command. Off, there is none of it. */
export class SuggestionPart {
  readonly status = new Observable<SuggestionStatus | undefined>(undefined);
  readonly command: Command;
  /** In the top bar while they are on: that they are, and the way to ask without a key. */
  readonly button: HTMLButtonElement;
  /** In the row of keys, on a phone. */
  readonly key: HTMLButtonElement;
  private readonly api: SuggestionApi;
  private readonly prompts = new Map<SessionTab, SuggestionPrompt>();
  private readonly chip: HTMLButtonElement;
  private asking: SuggestionAsking | undefined;
  private readonly stops: readonly (() => void)[];

  constructor(private readonly deps: Deps) {
    const { auth, settings, workspace } = deps;
    this.api = new SuggestionApi(auth);
    const ask = (): void => this.ask(false);
    this.command = suggestionCommand(
      () => settings.value.suggestionKey,
      () => this.isOn,
      ask,
    );
    this.button = h(
      'button',
      { class: 'icon-button', type: 'button', hidden: true, testid: 'suggest', onclick: ask },
      icon('spark'),
    );
    this.key = h(
      'button',
      { class: 'key', type: 'button', hidden: true, testid: 'key-suggest', onclick: ask },
      'Suggest',
    );
    this.chip = h(
      'button',
      { class: 'suggestion-chip', type: 'button', testid: 'suggestion-chip', onclick: () => this.ask(true) },
      icon('spark'),
      'Fix it?',
    );
    this.stops = [
      this.status.watch(() => this.show()),
      settings.watch(() => this.show()),
      workspace.tabs.watch((tabs) => this.follow(tabs)),
      workspace.active.watch(() => this.leave()),
    ];
    void this.refresh();
  }

  async switch(on: boolean): Promise<void> {
    this.status.set(await this.api.switch(on));
  }

  /** What stands in the settings dialog. What an administrator decided meanwhile is asked for. */
  settingsBody(): HTMLElement {
    const place = h('div');
    place.append(suggestionSettings(this, this.deps.settings));
    void this.refresh().then(() => place.replaceChildren(suggestionSettings(this, this.deps.settings)));
    return place;
  }

  dispose(): void {
    for (const stop of this.stops) stop();
    this.leave();
    for (const prompt of this.prompts.values()) prompt.dispose();
  }

  private get isOn(): boolean {
    return this.status.value?.on ?? false;
  }

  private async refresh(): Promise<void> {
    // A server that does not answer has no suggestions either; the page says so elsewhere.
    this.status.set(await this.api.status().catch(() => undefined));
  }

  private ask(isRepair: boolean): void {
    const tab = this.deps.workspace.active.value;
    const prompt = tab && this.prompts.get(tab);
    const { sessionId } = tab?.state.value ?? {};
    this.leave();
    if (!tab || !prompt || sessionId === undefined || tab.view.xterm.options.disableStdin) return;
    if (tab.view.xterm.buffer.active.type === 'alternate')
      return this.deps.toasts.info('Suggestions are for the prompt of the shell.');
    this.asking = new SuggestionAsking({
      ...{ api: this.api, view: tab.view, sessionId, prompt },
      // The offer is for what failed, whatever has been typed since.
      isRepair,
      onClosed: () => (this.asking = undefined),
      say: (error) => sentence(error),
    });
    this.asking.begin();
  }

  private leave(): void {
    this.chip.remove();
    this.asking?.close();
  }

  private follow(tabs: readonly SessionTab[]): void {
    for (const [tab, prompt] of this.prompts) {
      if (tabs.includes(tab)) continue;
      prompt.dispose();
      this.prompts.delete(tab);
    }
    for (const tab of tabs) {
      if (this.prompts.has(tab) || tab.gateway !== 'terminal') continue;
      this.prompts.set(tab, new SuggestionPrompt(tab.view.xterm, (failed) => this.offer(tab, failed)));
    }
  }

  /** Only for the terminal that is looked at. */
  private offer(tab: SessionTab, failed: boolean): void {
    if (tab !== this.deps.workspace.active.value) return;
    if (failed && this.isOn && !tab.view.xterm.options.disableStdin) tab.view.area.append(this.chip);
    else this.chip.remove();
  }

  private show(): void {
    const title = `Suggest a command (${suggestionKey(this.deps.settings.value.suggestionKey).label})`;
    this.button.hidden = this.key.hidden = !this.isOn;
    this.button.title = title;
    this.button.setAttribute('aria-label', `${title}; suggestions are on`);
    if (!this.isOn) this.leave();
  }
}
