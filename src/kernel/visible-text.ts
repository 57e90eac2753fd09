/**
 * Control characters (also C1 and DEL), format characters (bidirectional overrides, zero-width ones), line and paragraph
 * separators, halves of surrogate pairs: what a terminal or an editor obeys instead of showing it.
 */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Most texts are; telling is much quicker than looking for each class of characters. */
const PLAIN = /^[ -~]*$/;

/** On one line, and nothing in it that does anything: each such character as its escape. */
export function visible(text: string): string {
  if (PLAIN.test(text)) return text;
  return text.replace(INVISIBLE, escaped);
}

/** The same for text of several lines. */
export function visibleLines(text: string): string {
  return text.split('\n').map(visible).join('\n');
}

/** For text that is JSON already: inside its strings, so it means what it meant. */
export function visibleJson(json: string): string {
  return json.replace(INVISIBLE, (sign) => (sign === '\n' ? sign : unitEscapes(sign)));
}

function escaped(sign: string): string {
  if (sign === '\n') return '\\n';
  if (sign === '\r') return '\\r';
  if (sign === '\t') return '\\t';
  return unitEscapes(sign);
}

function unitEscapes(sign: string): string {
  return Array.from({ length: sign.length }, (_, at) => `\\u${hex(sign.charCodeAt(at))}`).join('');
}

function hex(unit: number): string {
  return unit.toString(16).padStart(4, '0');
}
