const SMALLEST_BY_LENGTH = [0, 0, 0x80, 0x800, 0x10000];
const BYTE_ORDER_MARK = 0xfeff;

/** Decodes UTF-8 byte by byte and drops what is none, as xterm.js does. Remembers at most one unfinished character. */
export class Utf8Decoder {
  private codePoint = 0;
  private length = 0;
  private missing = 0;

  /** In the middle of a character. */
  get isPartial(): boolean {
    return this.missing > 0;
  }

  /** The code point that `byte` completes, or -1. */
  push(byte: number): number {
    if (this.missing > 0) {
      if ((byte & 0xc0) === 0x80) {
        this.codePoint = (this.codePoint << 6) | (byte & 0x3f);
        return --this.missing > 0 ? -1 : this.checked();
      }
      this.missing = 0;
    }
    if (byte < 0x80) return byte;
    if (byte >= 0xc0 && byte < 0xf8) {
      this.missing = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
      this.length = this.missing + 1;
      this.codePoint = byte & (0x7f >> this.length);
    }
    return -1;
  }

  private checked(): number {
    const value = this.codePoint;
    const isNone =
      value < (SMALLEST_BY_LENGTH[this.length] as number) ||
      value > 0x10ffff ||
      (value >= 0xd800 && value <= 0xdfff) ||
      value === BYTE_ORDER_MARK;
    return isNone ? -1 : value;
  }
}
