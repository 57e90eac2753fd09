const ESC = 0x1b;
const DEL = 0x7f;
const CLOSING_BRACKET = 0x5d;
/** U+009D, the one-character form of `ESC ]`, is C2 9D in UTF-8. */
const C2 = 0xc2;
const OSC = 0x9d;
const SEMICOLON = 0x3b;
const COLON = 0x3a;
const CLIPBOARD = 52;
/** Larger numbers name nothing. */
const MAX_NUMBER = 1000;

/**
 * Makes clipboard access (OSC 52) ineffective in output, which may be cut anywhere, without changing its length: offsets still count.
 * `OSC 52 ; …` becomes `OSC 52 : …`, which no terminal knows. Any program on the other end of an ssh, any file that is shown, could
 * otherwise put a command line into the clipboard of whoever looks.
 */
export class ClipboardFilter {
  private state: 'text' | 'escape' | 'c2' | 'number' = 'text';
  private number = 0;

  /** What follows is not the continuation of what came before. */
  reset(): void {
    this.state = 'text';
  }

  /** `bytes` itself when there is nothing to change, else a copy. */
  pass(bytes: Uint8Array): Uint8Array {
    let result = bytes;
    for (let at = 0; at < bytes.length; at++) {
      if (!this.endsClipboardNumber(bytes[at] as number)) continue;
      if (result === bytes) result = Uint8Array.from(bytes);
      result[at] = COLON;
    }
    return result;
  }

  private endsClipboardNumber(byte: number): boolean {
    if (byte === ESC) this.state = 'escape';
    else if (byte === C2) this.state = 'c2';
    else if (this.state === 'text') return false;
    // Terminals carry out or ignore control characters inside a sequence, and go on with it.
    else if (this.state !== 'c2' && isPassedOver(byte)) return false;
    else if (this.state === 'number') return this.inNumber(byte);
    else this.begin(byte === (this.state === 'escape' ? CLOSING_BRACKET : OSC));
    return false;
  }

  private begin(isString: boolean): void {
    this.state = isString ? 'number' : 'text';
    this.number = 0;
  }

  private inNumber(byte: number): boolean {
    const digit = byte - 0x30;
    if (digit >= 0 && digit <= 9) {
      this.number = Math.min(this.number * 10 + digit, MAX_NUMBER);
      return false;
    }
    this.state = 'text';
    return byte === SEMICOLON && this.number === CLIPBOARD;
  }
}

/** C0 and DEL, but for those that end every sequence: BEL, CAN, SUB. */
function isPassedOver(byte: number): boolean {
  return (byte < 0x20 && byte !== 0x07 && byte !== 0x18 && byte !== 0x1a) || byte === DEL;
}
