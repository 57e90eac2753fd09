import { h } from './dom';
import { icon, type IconName } from './icons';

export interface TopBarActions {
  readonly toggleSidebar: () => void;
  /** Offers the kinds of sessions below the button. */
  readonly chooseNew: (anchor: HTMLElement) => void;
  readonly search: () => void;
  readonly smaller: () => void;
  readonly larger: () => void;
  readonly openSettings: () => void;
  readonly openHelp: () => void;
  readonly more: (anchor: HTMLElement) => void;
}

/** Tabs in the middle, tools at the right. On a phone the tools go into one menu. */
export function topBar(
  tabs: HTMLElement,
  indicators: readonly HTMLElement[],
  actions: TopBarActions,
  hint: (id: string) => string,
): HTMLElement {
  const more = button('more', 'More', 'more-menu', () => actions.more(more));
  more.classList.add('phone-only');
  const plus = button('plus', 'New session', 'new-tab', () => actions.chooseNew(plus));
  for (const opener of [more, plus]) opener.setAttribute('aria-haspopup', 'menu');
  const text = (label: string, name: string, testid: string, run: () => void): HTMLElement =>
    h(
      'button',
      { class: 'icon-button text-button', type: 'button', 'aria-label': name, title: name, testid, onclick: run },
      label,
    );
  return h(
    'header',
    { class: 'top-bar' },
    button('sidebar', `List of terminals (${hint('list')})`, 'toggle-sidebar', actions.toggleSidebar),
    tabs,
    plus,
    h('div', { class: 'spacer' }),
    ...indicators,
    h(
      'div',
      // A press leaves the focus in the terminal, and that is where a closed dialog returns it.
      {
        class: 'tools',
        role: 'toolbar',
        'aria-label': 'Tools',
        onmousedown: (event: MouseEvent) => event.preventDefault(),
      },
      button('search', `Find (${hint('search')})`, 'search-button', actions.search),
      text('A−', `Smaller text (${hint('smaller')})`, 'smaller-button', actions.smaller),
      text('A+', `Larger text (${hint('bigger')})`, 'larger-button', actions.larger),
      button('gear', 'Settings and themes', 'settings-button', actions.openSettings),
      button('help', `Keys (${hint('help')})`, 'help-button', actions.openHelp),
    ),
    more,
  );
}

function button(name: IconName, label: string, testid: string, run: () => void): HTMLButtonElement {
  return h(
    'button',
    { class: 'icon-button', type: 'button', 'aria-label': label, title: label, testid, onclick: run },
    icon(name),
  );
}
