import { printable } from '@holdfast/protocol';

/**
 * Finds, in raw output, the few things that matter while nobody looks: titles, working directories, shell-integration marks
 * (OSC) and bells. It does not know what a screen is; the screen mirror of the gateway does.
 */
export type TerminalSignal =
  | { readonly kind: 'title'; readonly title: string }
  | { readonly kind: 'cwd'; readonly cwd: string }
  | {
      readonly kind: 'command';
      readonly state: 'prompt' | 'input' | 'running' | 'finished';
      readonly exitCode?: number;
      readonly command?: string;
    }
  | { readonly kind: 'bell' };

/** Longer strings are passed over: no title is, and images inside OSC 1337 are. */
const MAX_STRING_BYTES = 4096;
export const MAX_TITLE_CHARACTERS = 256;
const ESC = 0x1b;
const BEL = 0x07;
const OSC_START = Buffer.from('\x1b]');
const BACKSLASH = 0x5c;
const BRACKET = 0x5d;

/** Sequences a terminal answers: DA, DSR, DECRQM, window reports, colour and DECRQSS/XTGETTCAP queries, ENQ. */
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const QUERY = /\x1b\[[>=?]?[\d;]*\$?[cnpt]|\x1b\[>[\d;]*q|\x1b\]\d+;(?:\d+;)?\?|\x1bP[$+]q|\x1bZ|\x05/g;
/** A query that lies across two chunks is found by looking at this many bytes of the first one again. */
const QUERY_TAIL_BYTES = 32;

export class SignalScanner {
  /** The OSC string in progress; `undefined` outside one. */
  private string: Buffer[] | undefined;
  private stringBytes = 0;
  private escapePending = false;
  private queryTail = '';

  constructor(private readonly onSignal: (signal: TerminalSignal) => void) {}

  push(chunk: Buffer): void {
    let at = 0;
    if (this.escapePending && chunk.length > 0) {
      this.escapePending = false;
      if (this.string) this.finish();
      if (chunk[0] === BRACKET) this.begin();
      at = chunk[0] === BRACKET || chunk[0] === BACKSLASH ? 1 : 0;
    }
    while (at < chunk.length) at = this.string ? this.collect(chunk, at) : this.seek(chunk, at);
  }

  /** Whether a program asked its terminal something in `chunk`. Expensive: called only while nobody is attached. */
  findQuery(chunk: Buffer): boolean {
    const text = this.queryTail + chunk.toString('latin1');
    let found = 0;
    for (const match of text.matchAll(QUERY)) found = match.index + match[0].length;
    this.queryTail = text.slice(Math.max(found, text.length - QUERY_TAIL_BYTES));
    return found > 0;
  }

  private seek(chunk: Buffer, at: number): number {
    const osc = chunk.indexOf(OSC_START, at);
    // Only up to the string: a line of many hyperlinks is then looked through once.
    if (chunk.subarray(at, osc < 0 ? undefined : osc).includes(BEL)) this.onSignal({ kind: 'bell' });
    if (osc < 0) {
      this.escapePending = chunk[chunk.length - 1] === ESC;
      return chunk.length;
    }
    this.begin();
    return osc + OSC_START.length;
  }

  private begin(): void {
    this.string = [];
    this.stringBytes = 0;
  }

  private collect(chunk: Buffer, at: number): number {
    let end = at;
    while (end < chunk.length && chunk[end] !== BEL && chunk[end] !== ESC) end++;
    this.stringBytes += end - at;
    if (this.stringBytes <= MAX_STRING_BYTES) this.string?.push(Buffer.from(chunk.subarray(at, end)));
    if (end === chunk.length) return end;
    if (chunk[end] === ESC) {
      if (end + 1 === chunk.length) {
        this.escapePending = true;
        return chunk.length;
      }
      this.finish();
      return chunk[end + 1] === BACKSLASH ? end + 2 : end;
    }
    this.finish();
    return end + 1;
  }

  private finish(): void {
    const text = this.stringBytes <= MAX_STRING_BYTES ? Buffer.concat(this.string ?? []).toString('utf8') : '';
    this.string = undefined;
    const signal = parseOsc(text);
    if (signal) this.onSignal(signal);
  }
}

function parseOsc(text: string): TerminalSignal | undefined {
  const semicolon = text.indexOf(';');
  if (semicolon < 0) return undefined;
  const body = text.slice(semicolon + 1);
  switch (text.slice(0, semicolon)) {
    case '0':
    case '2':
      return { kind: 'title', title: printable(body, MAX_TITLE_CHARACTERS) };
    case '7':
      return parseCwd(body);
    case '133':
    case '633':
      return parseMark(body);
    default:
      return undefined;
  }
}

function parseCwd(body: string): TerminalSignal | undefined {
  try {
    const url = new URL(body);
    return url.protocol === 'file:'
      ? { kind: 'cwd', cwd: printable(decodeURIComponent(url.pathname), MAX_STRING_BYTES) }
      : undefined;
  } catch {
    return undefined;
  }
}

const CWD = 'Cwd=';

/** In marks, `\\x3b` and the like stand for what would end or divide them. */
function unescaped(value: string): string {
  return value.replace(/\\(?:x([0-9a-f]{2})|\\)/gi, (_, hex: string | undefined) =>
    hex === undefined ? '\\' : String.fromCharCode(parseInt(hex, 16)),
  );
}

function parseMark(body: string): TerminalSignal | undefined {
  const [mark, argument] = body.split(';');
  switch (mark) {
    case 'A':
      return { kind: 'command', state: 'prompt' };
    case 'B':
      return { kind: 'command', state: 'input' };
    case 'C':
      return { kind: 'command', state: 'running' };
    case 'D': {
      const exitCode = argument === undefined || argument === '' ? Number.NaN : Number(argument);
      return { kind: 'command', state: 'finished', ...(Number.isInteger(exitCode) ? { exitCode } : {}) };
    }
    case 'E':
      return argument === undefined
        ? undefined
        : { kind: 'command', state: 'running', command: printable(unescaped(argument), MAX_STRING_BYTES) };
    case 'P':
      return argument?.startsWith(CWD)
        ? { kind: 'cwd', cwd: printable(unescaped(argument.slice(CWD.length)), MAX_STRING_BYTES) }
        : undefined;
    default:
      return undefined;
  }
}
