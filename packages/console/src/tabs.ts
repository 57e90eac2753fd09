import { STATE_WORDS, wordsOf } from './claude/state-words';
import { h } from './dom';
import { icon } from './icons';
import type { SessionTab } from './session-tab';

export interface TabStripActions {
  activate(tab: SessionTab): void;
  close(tab: SessionTab): void;
  menu(tab: SessionTab, anchor: { x: number; y: number }): void;
  rename(tab: SessionTab): void;
}

interface TabButton {
  readonly element: HTMLElement;
  readonly button: HTMLElement;
  dispose(): void;
}

let nextId = 0;

/** The opened terminals as tabs. Arrow keys move between them, Delete and the middle button close. */
export class TabStrip {
  readonly element = h('div', { class: 'tabs', role: 'tablist', 'aria-label': 'Opened terminals', testid: 'tabs' });
  private readonly buttons = new Map<SessionTab, TabButton>();

  constructor(private readonly actions: TabStripActions) {}

  show(tabs: readonly SessionTab[], active: SessionTab | undefined): void {
    for (const [tab, button] of this.buttons) {
      if (tabs.includes(tab)) continue;
      button.dispose();
      this.buttons.delete(tab);
    }
    for (const tab of tabs) {
      const made = this.buttons.get(tab) ?? this.make(tab);
      this.buttons.set(tab, made);
      if (!made.element.isConnected) this.element.append(made.element);
      const selected = tab === active;
      made.element.classList.toggle('selected', selected);
      made.button.setAttribute('aria-selected', String(selected));
      made.button.tabIndex = selected ? 0 : -1;
      if (selected) made.element.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    }
  }

  private make(tab: SessionTab): TabButton {
    const { actions } = this;
    const label = h('span', { class: 'tab-label', testid: 'tab-label' });
    const dot = h('span', { class: 'news-dot', hidden: true, title: 'New output', testid: 'tab-unread' });
    const bell = h(
      'span',
      { class: 'tab-bell', hidden: true, title: 'The bell rang', testid: 'tab-bell' },
      icon('bell'),
    );
    const state = h('span', { class: 'state-dot', testid: 'tab-state' });
    const button = h(
      'button',
      { class: 'tab-main', type: 'button', role: 'tab', id: `tab-${++nextId}` },
      state,
      label,
      bell,
      dot,
    );
    const close = h(
      'button',
      {
        class: 'icon-button tab-close',
        type: 'button',
        tabindex: -1,
        'aria-label': 'Close tab; the terminal runs on',
        title: 'Close tab (the terminal runs on)',
        testid: 'tab-close',
      },
      icon('close'),
    );
    const element = h('div', { class: 'tab', role: 'presentation', testid: 'tab' }, button, close);
    button.addEventListener('click', () => actions.activate(tab));
    button.addEventListener('dblclick', () => actions.rename(tab));
    button.addEventListener('keydown', (event) => this.onKey(event, tab));
    close.addEventListener('click', () => actions.close(tab));
    element.addEventListener('mousedown', (event) => event.button === 1 && event.preventDefault());
    element.addEventListener('auxclick', (event) => event.button === 1 && actions.close(tab));
    element.addEventListener('contextmenu', (event) => {
      event.preventDefault();
      actions.menu(tab, { x: event.clientX, y: event.clientY });
    });
    tab.view.element.setAttribute('aria-labelledby', button.id);
    const unwatch = tab.state.watch((value) => {
      label.textContent = tab.label;
      element.title = value.name && value.title ? `${value.name} — ${value.title}` : tab.label;
      dot.hidden = !value.unread || value.bell;
      bell.hidden = !value.bell;
      const bad = value.phase === 'failed' || (value.phase === 'ended' && value.exit?.exitCode !== 0);
      state.dataset.state = bad ? 'failed' : value.phase === 'opening' ? 'starting' : value.phase;
      const living = value.phase === 'running' || value.phase === 'asleep' ? value.claude : undefined;
      if (living) state.dataset.mood = STATE_WORDS[living.state].mood;
      else delete state.dataset.mood;
      state.title = living ? wordsOf(living) : '';
      const news = [living && wordsOf(living), value.unread && 'new output', value.bell && 'bell'].filter(Boolean);
      button.setAttribute('aria-label', [tab.label, ...news].join(', '));
    });
    return { element, button, dispose: () => (unwatch(), element.remove()) };
  }

  private onKey(event: KeyboardEvent, tab: SessionTab): void {
    const all = [...this.buttons.keys()];
    const at = all.indexOf(tab);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to !== undefined) {
      const target = all[(to + all.length) % all.length] as SessionTab;
      this.actions.activate(target);
      this.buttons.get(target)?.button.focus();
    } else if (event.key === 'F2') this.actions.rename(tab);
    else if (event.key === 'Delete') this.actions.close(tab);
    else return;
    event.preventDefault();
  }
}
