/**
 * Joins pieces of UTF-8 so that no character is in two of them: xterm.js 6.0.0 loses one whose second byte is 0x80 (such as
 * the dash and the quotation marks) when the next write begins behind it. Bytes stay bytes, because the server's screens are
 * decoded by xterm.js too, and a TextDecoder shows other things for what is no UTF-8.
 */
export class CharacterSeam {
  private held = new Uint8Array(0);

  /** Everything up to the last whole character; the rest comes with the next piece. */
  join(piece: Uint8Array): Uint8Array {
    const bytes = this.held.length > 0 ? concat(this.held, piece) : piece;
    const end = bytes.length - unfinishedLength(bytes);
    this.held = bytes.slice(end);
    return bytes.subarray(0, end);
  }

  /** What follows does not continue what was there. */
  reset(): void {
    this.held = new Uint8Array(0);
  }
}

/** Bytes at the end that begin a character and do not finish it: at most 3. */
function unfinishedLength(bytes: Uint8Array): number {
  for (let length = 1; length <= Math.min(3, bytes.length); length++) {
    const byte = bytes[bytes.length - length] as number;
    if (isContinuation(byte)) continue;
    return length < characterLength(byte) ? length : 0;
  }
  return 0;
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

function characterLength(first: number): number {
  if (first < 0xc0 || first >= 0xf8) return 1;
  if (first < 0xe0) return 2;
  return first < 0xf0 ? 3 : 4;
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}
