import { h } from './dom';
import type { StickyKeys } from './sticky-keys';
import type { TerminalView } from './terminal-view';

type Key = { readonly label: string; readonly name: string; readonly send: string | ((view: TerminalView) => string) };

const arrow =
  (letter: string) =>
  (view: TerminalView): string =>
    `\x1b${view.xterm.modes.applicationCursorKeysMode ? 'O' : '['}${letter}`;

const KEYS: readonly (Key | 'ctrl' | 'alt')[] = [
  { label: 'Esc', name: 'Escape', send: '\x1b' },
  { label: 'Tab', name: 'Tab', send: '\t' },
  'ctrl',
  'alt',
  { label: '←', name: 'Left', send: arrow('D') },
  { label: '↓', name: 'Down', send: arrow('B') },
  { label: '↑', name: 'Up', send: arrow('A') },
  { label: '→', name: 'Right', send: arrow('C') },
  { label: '|', name: 'Pipe', send: '|' },
  { label: '/', name: 'Slash', send: '/' },
  { label: '~', name: 'Tilde', send: '~' },
  { label: '-', name: 'Minus', send: '-' },
];

/** The keys that phone keyboards do not have. */
export function keyRow(sticky: StickyKeys, active: () => TerminalView | undefined): HTMLElement {
  const row = h('div', { class: 'key-row', role: 'toolbar', 'aria-label': 'Terminal keys', testid: 'key-row' });
  // The focus stays in the terminal: taking it would close the phone's keyboard at every press.
  row.addEventListener('mousedown', (event) => event.preventDefault());
  for (const key of KEYS) row.append(typeof key === 'string' ? modifier(key, sticky) : plain(key, active));
  row.append(
    h(
      'button',
      { class: 'key', type: 'button', testid: 'key-paste', onclick: () => void active()?.pasteFromClipboard() },
      'Paste',
    ),
  );
  return row;
}

function plain(key: Key, active: () => TerminalView | undefined): HTMLElement {
  const press = (): void => {
    const view = active();
    if (view) view.type(typeof key.send === 'string' ? key.send : key.send(view));
  };
  return h(
    'button',
    { class: 'key', type: 'button', 'aria-label': key.name, testid: `key-${key.name.toLowerCase()}`, onclick: press },
    key.label,
  );
}

function modifier(name: 'ctrl' | 'alt', sticky: StickyKeys): HTMLElement {
  const label = name === 'ctrl' ? 'Ctrl' : 'Alt';
  const button = h(
    'button',
    { class: 'key', type: 'button', testid: `key-${name}`, onclick: () => sticky.toggle(name) },
    label,
  );
  sticky.state.watch((state) => button.setAttribute('aria-pressed', String(state[name])));
  return button;
}
