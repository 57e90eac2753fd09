import { h } from './dom';
import { icon } from './icons';
import type { Gateway } from './session-label';

/** What stands where terminals would be. */
export function welcomePane(openNew: (gateway: Gateway) => void, keys: string): HTMLElement {
  return h(
    'div',
    { class: 'welcome', testid: 'welcome' },
    h('span', { class: 'welcome-mark' }, icon('prompt')),
    h('h2', null, 'No terminal is open'),
    h('p', null, 'Open a new one, or choose one from the list. Terminals run on when you close this page.'),
    h(
      'div',
      { class: 'welcome-buttons' },
      h(
        'button',
        { class: 'button button-primary', type: 'button', title: keys, onclick: () => openNew('terminal') },
        icon('prompt'),
        'New terminal',
      ),
      h(
        'button',
        { class: 'button', type: 'button', testid: 'welcome-claude', onclick: () => openNew('claude') },
        icon('chat'),
        'New Claude session',
      ),
    ),
    h('kbd', null, keys),
  );
}
