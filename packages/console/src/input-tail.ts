import type { ByteRange } from '@holdfast/protocol';

/** More than the 1 KiB that a server may report as ambiguous, with room for what was typed since. */
const KEPT_BYTES = 16 * 1024;

/** The last input of one writer with its positions, to show what an `ambiguous` range was. */
export class InputTail {
  private tail = new Uint8Array(0);
  private end = 0;

  append(bytes: Uint8Array): void {
    const all = new Uint8Array(this.tail.length + bytes.length);
    all.set(this.tail);
    all.set(bytes, this.tail.length);
    this.tail = all.length > KEPT_BYTES ? all.slice(all.length - KEPT_BYTES) : all;
    this.end += bytes.length;
  }

  read({ from, to }: ByteRange): Uint8Array {
    const start = this.end - this.tail.length;
    return this.tail.subarray(Math.max(0, from - start), Math.max(0, to - start));
  }
}

/** Typed bytes as a person can read them: `^C` for control characters, `⏎` for Enter. */
export function readableInput(bytes: Uint8Array): string {
  return [...new TextDecoder().decode(bytes)].map(readable).join('');
}

function readable(char: string): string {
  const code = char.codePointAt(0) as number;
  if (char === '\r' || char === '\n') return '⏎\n';
  if (code === 0x1b) return '␛';
  if (code === 0x7f) return '⌫';
  return code < 0x20 ? `^${String.fromCharCode(code + 0x40)}` : char;
}

export function countCharacters(bytes: Uint8Array): string {
  const count = [...new TextDecoder().decode(bytes)].length;
  return count === 1 ? '1 character' : `${count} characters`;
}
