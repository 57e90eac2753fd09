import type { Command } from './commands';
import { ask } from './dialog';
import { h } from './dom';

const BY_HAND: readonly (readonly [string, string])[] = [
  ['F2, double-click', 'Rename the terminal in the list or the tab'],
  ['Delete', 'Terminate the terminal chosen in the list'],
  ['Shift + select', 'Select text while a program uses the mouse'],
  ['Shift + right-click', 'The browser’s own menu'],
];

export function openHelp(commands: readonly Command[]): void {
  const rows = [...commands.map(({ keys, label }) => [keys, label] as const), ...BY_HAND];
  void ask({
    title: 'Keys',
    testid: 'help-dialog',
    wide: true,
    buttons: [],
    body: [
      h(
        'dl',
        { class: 'keys' },
        ...rows.map(([keys, label]) => h('div', null, h('dt', null, h('kbd', null, keys)), h('dd', null, label))),
      ),
      h(
        'p',
        { class: 'hint' },
        'Closing a tab or the browser never ends a terminal: it runs on and is in the list when you come back.',
      ),
    ],
  });
}
