/** Two cells wide in every terminal, roughly: enough to know where a line was wrapped. */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0xa4cf],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1f64f],
  [0x1f680, 0x1f6ff],
  [0x1f900, 0x1faff],
  [0x20000, 0x3fffd],
];

const FIRST_WIDE = 0x1100;
const FIRST_MARK = 0x300;
const MARK = /^[\p{Mn}\p{Me}\p{Cf}]$/u;

export function isWide(codePoint: number): boolean {
  return codePoint >= FIRST_WIDE && WIDE.some(([first, last]) => codePoint >= first && codePoint <= last);
}

/** Takes no cell: combining marks, joiners, variation selectors. */
export function isMark(codePoint: number): boolean {
  return codePoint >= FIRST_MARK && MARK.test(String.fromCodePoint(codePoint));
}

/** The character that is both, or the base alone when there is none. */
export function compose(base: number, mark: number): number {
  const composed = String.fromCodePoint(base, mark).normalize('NFC');
  const [first] = composed;
  return first?.length === composed.length ? (first.codePointAt(0) as number) : base;
}

/** As the index holds characters: composed, and without marks that do not compose. */
export function reduceCharacters(text: string): string {
  return [...text.normalize('NFC')].filter((character) => !isMark(character.codePointAt(0) as number)).join('');
}

/** Lower case of the same length, so that positions in both are equal. */
export function foldCase(text: string): string {
  const lower = text.toLowerCase();
  if (lower.length === text.length) return lower;
  return [...text].map((character) => sameLength(character.toLowerCase(), character)).join('');
}

function sameLength(lower: string, character: string): string {
  return lower.length === character.length ? lower : character;
}
