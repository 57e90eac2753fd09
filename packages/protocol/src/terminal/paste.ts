/* eslint-disable no-control-regex -- control characters are what is removed */

/** All but the tab and the newline. ESC and C1 would end bracketed paste, or be keys; the others are keys. */
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** A text that may be pasted: whatever program reads it, it is text and newlines. */
export interface CleanPaste {
  readonly text: string;
  /** Newlines in it. Each one is Enter to a program that did not ask for bracketed paste: a shell runs the line. */
  readonly newlines: number;
  /** Control characters that were left out. */
  readonly removed: number;
}

export function cleanPaste(text: string): CleanPaste {
  const unified = text.replace(/\r\n?/g, '\n');
  const clean = unified.replace(CONTROL, '');
  return { text: clean, newlines: clean.split('\n').length - 1, removed: unified.length - clean.length };
}

/** What is typed for it. `bracketed`: the program asked for that (mode 2004), and knows then that nobody typed this. */
export function pasteInput({ text }: CleanPaste, bracketed: boolean): string {
  const keys = text.replace(/\n/g, '\r');
  return bracketed ? `\x1b[200~${keys}\x1b[201~` : keys;
}
