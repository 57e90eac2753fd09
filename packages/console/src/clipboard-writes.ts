import type { Terminal as Xterm } from '@xterm/xterm';

const CLIPBOARD = 52;
/** More than anybody means to paste from a program; base64. */
const MAX_CHARACTERS = 100_000;
/** `c;` and the text in base64; a question mark instead would ask for what is in the clipboard. */
const WRITE = /^[a-z0-7]*;([A-Za-z0-9+/]+={0,2})$/;

/** Calls back when a program wants to put a text into the clipboard (OSC 52). What is in there is never told. */
export function onClipboardWrite(xterm: Pick<Xterm, 'parser'>, write: (text: string) => void): void {
  xterm.parser.registerOscHandler(CLIPBOARD, (data) => {
    const encoded = data.length <= MAX_CHARACTERS ? WRITE.exec(data)?.[1] : undefined;
    const text = encoded === undefined ? '' : decode(encoded);
    if (text !== '') write(text);
    return true;
  });
}

function decode(base64: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(
      Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)),
    );
  } catch {
    return '';
  }
}
