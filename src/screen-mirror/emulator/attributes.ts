import type { AttributeData, ExtendedAttributes } from './xterm-internals';

/** Bits of a cell's two attribute words (`common/buffer/Constants.ts` of xterm.js 6.0.0). */
const COLOUR_MODE = 0x3000000;
const MODE_16 = 0x1000000;
const MODE_256 = 0x2000000;
const MODE_RGB = 0x3000000;
const COLOUR_BITS = 0x3ffffff;
const FG_INVERSE = 0x4000000;
const FG_BOLD = 0x8000000;
const FG_UNDERLINE = 0x10000000;
const FG_BLINK = 0x20000000;
const FG_INVISIBLE = 0x40000000;
const FG_STRIKETHROUGH = 0x80000000;
const BG_ITALIC = 0x4000000;
const BG_DIM = 0x8000000;
const BG_HAS_EXTENDED = 0x10000000;
const BG_PROTECTED = 0x20000000;
const BG_OVERLINE = 0x40000000;
const EXT_UNDERLINE_STYLE = 0x1c000000;
const EXT_UNDERLINE_SHIFT = 26;

/** How a cell looks, without the accidents of how xterm.js stores it: equal looks are equal field by field. */
export interface Look {
  /** Flags and normalised colour. */
  readonly fg: number;
  /** Flags (without "has extended attributes") and normalised colour. */
  readonly bg: number;
  /** 0 none, 1 single, 2 double, 3 curly, 4 dotted, 5 dashed. */
  readonly underline: number;
  readonly underlineColour: number;
  /** xterm.js's number of the hyperlink; 0 is none. */
  readonly link: number;
}

export const PLAIN: Look = { fg: 0, bg: 0, underline: 0, underlineColour: 0, link: 0 };

export function sameLook(a: Look, b: Look): boolean {
  return (
    a.fg === b.fg &&
    a.bg === b.bg &&
    a.underline === b.underline &&
    a.underlineColour === b.underlineColour &&
    a.link === b.link
  );
}

/** `extended` counts for a cell only when its word says so. */
export function lookOf(fg: number, bg: number, extended: ExtendedAttributes | undefined): Look {
  const underlined = (fg & FG_UNDERLINE) !== 0;
  const style = extended ? (extended._ext & EXT_UNDERLINE_STYLE) >> EXT_UNDERLINE_SHIFT : 0;
  return {
    fg: normalised(fg),
    bg: normalised(bg & ~BG_HAS_EXTENDED),
    underline: underlined ? style || 1 : 0,
    underlineColour: extended ? colour(extended._ext) : 0,
    link: extended ? extended._urlId : 0,
  };
}

/** What the cursor prints with, including an underline colour that waits for an underline. */
export function lookOfCursor({ fg, bg, extended }: AttributeData): Look {
  const look = lookOf(fg, bg, extended);
  return hasExtended(bg) ? look : { ...look, link: 0 };
}

export function hasExtended(bg: number): boolean {
  return (bg & BG_HAS_EXTENDED) !== 0;
}

/** What erasing with this look leaves behind: its background colour. */
export function erased(look: Look): Look {
  return { ...PLAIN, bg: look.bg & COLOUR_BITS };
}

export function backgroundOf(look: Look): number {
  return look.bg & COLOUR_BITS;
}

export function isProtected(look: Look): boolean {
  return (look.bg & BG_PROTECTED) !== 0;
}

/** The SGR sequence that sets this look whatever was set before (protection and link have their own sequences). */
export function sgr(look: Look): string {
  const codes: (number | string)[] = [0];
  if (look.fg & FG_BOLD) codes.push(1);
  if (look.bg & BG_DIM) codes.push(2);
  if (look.bg & BG_ITALIC) codes.push(3);
  if (look.underline) codes.push(look.underline === 1 ? 4 : `4:${look.underline}`);
  if (look.fg & FG_BLINK) codes.push(5);
  if (look.fg & FG_INVERSE) codes.push(7);
  if (look.fg & FG_INVISIBLE) codes.push(8);
  if (look.fg & FG_STRIKETHROUGH) codes.push(9);
  if (look.bg & BG_OVERLINE) codes.push(53);
  pushColour(codes, look.fg, 30, 90, 38);
  pushColour(codes, look.bg, 40, 100, 48);
  if (look.underlineColour) codes.push(underlineColour(look.underlineColour));
  return `\x1b[${codes.length === 1 ? '' : codes.join(';')}m`;
}

function pushColour(codes: (number | string)[], word: number, dark: number, bright: number, other: number): void {
  const value = word & 0xffffff;
  switch (word & COLOUR_MODE) {
    case MODE_16:
      codes.push(value < 8 ? dark + value : bright + value - 8);
      break;
    case MODE_256:
      codes.push(other, 5, value);
      break;
    case MODE_RGB:
      codes.push(other, 2, value >> 16, (value >> 8) & 0xff, value & 0xff);
      break;
  }
}

function underlineColour(word: number): string {
  const value = word & 0xffffff;
  return (word & COLOUR_MODE) === MODE_RGB
    ? `58:2::${value >> 16}:${(value >> 8) & 0xff}:${value & 0xff}`
    : `58:5:${value}`;
}

function normalised(word: number): number {
  return (word & ~COLOUR_BITS) | colour(word);
}

/** xterm.js leaves remains of an earlier RGB colour in the bits a palette colour does not use. */
function colour(word: number): number {
  const mode = word & COLOUR_MODE;
  if (mode === MODE_RGB) return word & COLOUR_BITS;
  return mode === 0 ? 0 : mode | (word & 0xff);
}
