/**
 * Characters that show nothing or move what is shown: control characters other than newline and tab, direction marks, invisible
 * spaces and tags, halves of a character. In what somebody allows, each must be seen. Joiners stay: emoji need them.
 */
const HIDDEN =
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  /[\p{Cs}\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffd\u{e0000}-\u{e007f}]/gu;

export interface TextPart {
  readonly text: string;
  /** Stands for a character that cannot be seen. */
  readonly hidden: boolean;
}

/** The text in pieces, with a name in the place of each character that would hide. */
export function visibleParts(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let from = 0;
  for (const match of text.matchAll(HIDDEN)) {
    if (match.index > from) parts.push({ text: text.slice(from, match.index), hidden: false });
    parts.push({ text: nameOf(match[0]), hidden: true });
    from = match.index + match[0].length;
  }
  if (from < text.length) parts.push({ text: text.slice(from), hidden: false });
  return parts;
}

/** The same in one string, for a line. */
export function visible(text: string): string {
  return visibleParts(text)
    .map(({ text: part }) => part)
    .join('');
}

function nameOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  if (code === 0x7f) return '␡';
  return `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
}
