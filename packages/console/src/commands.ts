import { isTyping } from './dom';

const isMac = /Mac|iPhone|iPad/.test(navigator.platform);

export interface Command {
  readonly id: string;
  readonly label: string;
  /** How the keys are written, for menus and the help. */
  readonly keys: string;
  readonly matches: (event: KeyboardEvent) => boolean;
  readonly run: (event: KeyboardEvent) => void;
  /** The browser does the rest, for example the paste itself. */
  readonly keepDefault?: boolean;
}

/** Ctrl (⌘ on a Mac) with Shift and a key that no browser takes for itself. */
export function ctrlShift(key: string): Pick<Command, 'keys' | 'matches'> {
  const names: Record<string, string> = { ArrowLeft: '←', ArrowRight: '→', Backspace: '⌫' };
  return {
    keys: isMac ? `⌘⇧${names[key] ?? key}` : `Ctrl+Shift+${names[key] ?? key}`,
    matches: (event) => hasCtrl(event) && event.shiftKey && same(event, key),
  };
}

export function ctrl(key: string, alias = key): Pick<Command, 'keys' | 'matches'> {
  return {
    keys: isMac ? `⌘${key}` : `Ctrl+${key}`,
    matches: (event) => hasCtrl(event) && (event.key === key || event.key === alias),
  };
}

/** Ctrl+Shift+1 … 9 by position: with Shift held these keys say something else on every keyboard. */
export function ctrlShiftDigit(): Pick<Command, 'keys' | 'matches'> {
  return {
    keys: 'Ctrl+Shift+1 … 9',
    matches: (event) =>
      event.ctrlKey && event.shiftKey && !event.altKey && !event.metaKey && /^Digit[1-9]$/.test(event.code),
  };
}

/** Runs the command of a key press before the terminal sees it. Returns the way out. */
export function installShortcuts(commands: readonly Command[]): () => void {
  const onKey = (event: KeyboardEvent): void => {
    if (event.isComposing || document.querySelector('dialog[open]')) return;
    const command = commands.find((each) => each.matches(event));
    if (!command || (isTyping(event.target) && command.keepDefault)) return;
    if (!command.keepDefault) event.preventDefault();
    event.stopPropagation();
    command.run(event);
  };
  document.addEventListener('keydown', onKey, { capture: true });
  return () => document.removeEventListener('keydown', onKey, { capture: true });
}

function hasCtrl(event: KeyboardEvent): boolean {
  return !event.altKey && (isMac ? event.metaKey || event.ctrlKey : event.ctrlKey && !event.metaKey);
}

function same(event: KeyboardEvent, key: string): boolean {
  if (key === '?') return event.key === '?' || event.code === 'Slash';
  return event.key === key || (key.length === 1 && event.key.toUpperCase() === key);
}
