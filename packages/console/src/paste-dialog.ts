import { cleanPaste } from '@holdfast/protocol';
import type { Observable } from './observable';
import type { Settings } from './settings';
import { ask } from './dialog';
import { h } from './dom';

/** More of a text than a person reads before pressing a button. */
const SHOWN_CHARACTERS = 20_000;

/**
 * What of `text` may go to the terminal: asks first when it has several lines, because a shell runs each of them.
 * Control characters never go. Returns `undefined` when the user does not want it.
 */
export async function reviewPaste(
  text: string,
  bracketed: boolean,
  settings: Observable<Settings>,
): Promise<string | undefined> {
  const { text: clean, removed } = cleanPaste(text);
  const { pasteWarning } = settings.value;
  const warns = pasteWarning === 'always' || (pasteWarning === 'unbracketed' && !bracketed);
  if (!clean.includes('\n') || !warns) return clean;
  const never = h('input', { type: 'checkbox', testid: 'paste-never' });
  const lines = clean.replace(/\n$/, '').split('\n').length;
  const choice = await ask<'paste' | 'join' | 'cancel'>({
    title: lines === 1 ? 'Paste a line with Enter?' : `Paste ${lines} lines?`,
    body: [
      h('p', null, explanation(lines, bracketed)),
      h('pre', { class: 'paste-text', testid: 'paste-text', tabindex: 0 }, preview(clean)),
      removed > 0 && h('p', { class: 'hint' }, 'Control characters in it are left out.'),
      h('label', { class: 'check' }, never, h('span', null, 'Do not ask again')),
    ],
    buttons: [
      { label: 'Cancel', value: 'cancel', testid: 'paste-cancel' },
      { label: 'Paste as one line', value: 'join', testid: 'paste-join' },
      { label: 'Paste', value: 'paste', kind: 'primary', testid: 'paste-confirm' },
    ],
    testid: 'paste-dialog',
    wide: true,
  });
  if (choice === undefined || choice === 'cancel') return undefined;
  if (never.checked) settings.patch({ pasteWarning: 'never' });
  return choice === 'join' ? clean.trim().replace(/\s*\n\s*/g, ' ') : clean;
}

function explanation(lines: number, bracketed: boolean): string {
  if (bracketed)
    return 'The program in this terminal takes it as one paste and should not run it before you press Enter.';
  return lines === 1
    ? 'The program in this terminal runs it at once.'
    : 'The program in this terminal may run every line at once.';
}

function preview(text: string): string {
  return text.length > SHOWN_CHARACTERS
    ? `${text.slice(0, SHOWN_CHARACTERS)}\n… ${text.length - SHOWN_CHARACTERS} more characters`
    : text;
}
