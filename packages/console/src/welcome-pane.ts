import { h } from './dom';
import { icon } from './icons';

/** What stands where terminals would be. */
export function welcomePane(openNew: () => void, keys: string): HTMLElement {
  return h(
    'div',
    { class: 'welcome', testid: 'welcome' },
    h('span', { class: 'welcome-mark' }, icon('prompt')),
    h('h2', null, 'No terminal is open'),
    h('p', null, 'Open a new one, or choose one from the list. Terminals run on when you close this page.'),
    h('button', { class: 'button button-primary', type: 'button', onclick: openNew }, icon('plus'), 'New terminal'),
    h('kbd', null, keys),
  );
}
