/**
 * What may not stand in a line of ours: control characters (C0, DEL, C1), separators of lines, marks that turn the direction of text
 * or annotate it, invisible tags, and halves of a character. Joiners stay: emoji need them.
 */
const UNPRINTABLE =
  /[\p{Cc}\p{Cs}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;
const CUT_IN_HALF = /[\ud800-\udbff]$/;

/** Text of a program or a user as it may be shown in lists, titles and logs; at most so many UTF-16 units. */
export function printable(text: string, maxCharacters: number): string {
  const clean = text.replace(UNPRINTABLE, '');
  return clean.length <= maxCharacters ? clean : clean.slice(0, maxCharacters).replace(CUT_IN_HALF, '');
}

/** Stands where something was that cannot be shown: what somebody is to approve must not look shorter than it is. */
const HIDDEN = '\ufffd';

/** As `printable`, of several lines: newlines and tabs stay, and the rest of what may not stand there is shown as U+FFFD. */
export function printableText(text: string, maxCharacters: number): { readonly text: string; readonly cut: boolean } {
  // What is beyond is cut off first: cleaning makes nothing longer.
  const cut = text.length > maxCharacters;
  const shown = cut ? text.slice(0, maxCharacters).replace(CUT_IN_HALF, '') : text;
  const clean = shown
    .replace(/\r\n/g, '\n')
    .replace(UNPRINTABLE, (what) => (what === '\n' || what === '\t' ? what : HIDDEN));
  return { text: clean, cut };
}
