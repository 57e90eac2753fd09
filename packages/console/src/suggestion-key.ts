import type { Command } from './commands';

interface KeyChoice {
  readonly id: string;
  readonly label: string;
  readonly matches: (event: KeyboardEvent) => boolean;
}

/** Without other keys held than these. */
function key(
  code: string,
  held: { readonly ctrl?: true; readonly alt?: true; readonly shift?: true },
): KeyChoice['matches'] {
  return (event) =>
    event.code === code &&
    event.ctrlKey === (held.ctrl ?? false) &&
    event.altKey === (held.alt ?? false) &&
    event.shiftKey === (held.shift ?? false) &&
    !event.metaKey;
}

/** Shells use Ctrl+Space to mark and to complete, so it is not the first. */
export const SUGGESTION_KEYS: readonly KeyChoice[] = [
  { id: 'ctrl-shift-space', label: 'Ctrl+Shift+Space', matches: key('Space', { ctrl: true, shift: true }) },
  { id: 'ctrl-space', label: 'Ctrl+Space', matches: key('Space', { ctrl: true }) },
  { id: 'alt-shift-s', label: 'Alt+Shift+S', matches: key('KeyS', { alt: true, shift: true }) },
  { id: 'f8', label: 'F8', matches: key('F8', {}) },
  { id: 'none', label: 'No key', matches: () => false },
];

/** The chosen one; the first where something unknown is stored. */
export function suggestionKey(id: string): KeyChoice {
  return SUGGESTION_KEYS.find((choice) => choice.id === id) ?? (SUGGESTION_KEYS[0] as KeyChoice);
}

/** Takes the key from the terminal only while it means something. */
export function suggestionCommand(chosen: () => string, isOn: () => boolean, run: () => void): Command {
  return {
    id: 'suggest',
    label: 'Suggest a command',
    get keys() {
      return isOn() ? suggestionKey(chosen()).label : 'off, see Settings';
    },
    matches: (event) => isOn() && suggestionKey(chosen()).matches(event),
    run,
  };
}
