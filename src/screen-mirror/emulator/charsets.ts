import { coreOf, newTerminal } from './xterm-internals';

const DEFAULT_DESIGNATOR = 'B';
let designators: Map<object | undefined, string> | undefined;

/**
 * The final byte that designates a character set (`ESC ( 0` is line drawing). xterm.js keeps its tables to itself but hands
 * out the same object each time, so every designator is tried once.
 */
export function designatorOf(charset: object | undefined): string {
  designators ??= learn();
  return designators.get(charset) ?? DEFAULT_DESIGNATOR;
}

function learn(): Map<object | undefined, string> {
  const found = new Map<object | undefined, string>([[undefined, DEFAULT_DESIGNATOR]]);
  const terminal = newTerminal({ cols: 2, rows: 1 });
  const core = coreOf(terminal);
  for (let code = 0x30; code < 0x7f; code++) {
    const final = String.fromCharCode(code);
    core._charsetService._charsets = [];
    core._inputHandler.parse(Buffer.from(`\x1b(${final}`));
    const charset = core._charsetService._charsets[0];
    if (charset && !found.has(charset)) found.set(charset, final);
  }
  terminal.dispose();
  return found;
}
