import { h } from './dom';
import type { Observable } from './observable';
import type { SessionTab } from './session-tab';
import type { StickyKeys } from './sticky-keys';
import type { TerminalView } from './terminal-view';

type Key = { readonly label: string; readonly name: string; readonly send: string | ((view: TerminalView) => string) };

const arrow =
  (letter: string) =>
  (view: TerminalView): string =>
    `\x1b${view.xterm.modes.applicationCursorKeysMode ? 'O' : '['}${letter}`;

const ESCAPE: Key = { label: 'Esc', name: 'Escape', send: '\x1b' };
const TAB: Key = { label: 'Tab', name: 'Tab', send: '\t' };
const ARROWS: readonly Key[] = [
  { label: '←', name: 'Left', send: arrow('D') },
  { label: '↓', name: 'Down', send: arrow('B') },
  { label: '↑', name: 'Up', send: arrow('A') },
  { label: '→', name: 'Right', send: arrow('C') },
];

const SHELL_KEYS: readonly (Key | 'ctrl' | 'alt')[] = [
  ESCAPE,
  TAB,
  'ctrl',
  'alt',
  ...ARROWS,
  { label: '|', name: 'Pipe', send: '|' },
  { label: '/', name: 'Slash', send: '/' },
  { label: '~', name: 'Tilde', send: '~' },
  { label: '-', name: 'Minus', send: '-' },
];

/** Claude Code: stop, the next mode, interrupt, and the way through its choices. */
const CLAUDE_KEYS: readonly (Key | 'ctrl' | 'alt')[] = [
  ESCAPE,
  { label: '⇧Tab', name: 'Shift-Tab', send: '\x1b[Z' },
  { label: '^C', name: 'Ctrl-C', send: '\x03' },
  ...ARROWS,
  { label: '⏎', name: 'Enter', send: '\r' },
  TAB,
  'ctrl',
  { label: '/', name: 'Slash', send: '/' },
];

/** The keys that phone keyboards do not have: those that the program of the session in front wants. */
export function keyRow(sticky: StickyKeys, tab: Observable<SessionTab | undefined>, suggest: HTMLElement): HTMLElement {
  const row = h('div', { class: 'key-row', role: 'toolbar', 'aria-label': 'Terminal keys', testid: 'key-row' });
  // The focus stays in the terminal: taking it would close the phone's keyboard at every press.
  row.addEventListener('mousedown', (event) => event.preventDefault());
  const active = (): TerminalView | undefined => tab.value?.view;
  const paste = h(
    'button',
    { class: 'key', type: 'button', testid: 'key-paste', onclick: () => void active()?.pasteFromClipboard() },
    'Paste',
  );
  const buttons = (keys: typeof SHELL_KEYS): HTMLElement[] =>
    keys.map((key) => (typeof key === 'string' ? modifier(key, sticky) : plain(key, active)));
  const rows = { terminal: [...buttons(SHELL_KEYS), suggest], claude: buttons(CLAUDE_KEYS) };
  tab.watch((front) => row.replaceChildren(...rows[front?.gateway ?? 'terminal'], paste));
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
