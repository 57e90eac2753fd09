import { printable } from '@holdfast/protocol';

/** A command that ended, as its shell said it. */
export interface MarkedCommand {
  readonly command: string;
  readonly exitCode: number;
  /** Of its output, in the text that was read; undefined when it began before that. */
  readonly output?: { readonly from: number; readonly to: number };
}

/** What a shell's marks say of it. */
export interface ShellState {
  readonly cwd?: string;
  readonly shell?: string;
  readonly branch?: string;
  /** Oldest first. */
  readonly commands: readonly MarkedCommand[];
  /** Undefined: there is no mark at all. */
  readonly atPrompt?: boolean;
}

/** Of those that are remembered; more than anybody asks for. */
const MAX_COMMANDS = 50;
const MAX_TEXT = 2_000;
// eslint-disable-next-line no-control-regex -- marks are made of control characters
const MARK = /\x1b\](133|633);([^\x07\x1b]*)(?:\x07|\x1b\\)/g;
const ESCAPE = /\\(?:x([0-9a-fA-F]{2})|\\)/g;

/**
 * Reads the marks of a shell out of its output. Only those with its word count: what a program prints, or a file that is shown, may look
 * like any other. The text may begin and end anywhere.
 */
export function readShellMarks(text: string, nonce: string): ShellState {
  const reader = new MarkReader(nonce);
  for (const match of text.matchAll(MARK)) {
    const [whole, number, body = ''] = match;
    const end = match.index + whole.length;
    if (number === '133') reader.standard(body, match.index, end);
    else reader.extended(body);
  }
  return reader.state;
}

class MarkReader {
  private readonly commands: MarkedCommand[] = [];
  private readonly properties: { cwd?: string; shell?: string; branch?: string } = {};
  private atPrompt: boolean | undefined;
  private command: string | undefined;
  private outputFrom: number | undefined;

  constructor(private readonly nonce: string) {}

  get state(): ShellState {
    return { ...this.properties, commands: this.commands, atPrompt: this.atPrompt };
  }

  /** `C;aid=…` when a command begins, `D;status;aid=…` when it has ended. */
  standard(body: string, from: number, end: number): void {
    const [kind, ...rest] = body.split(';');
    if (rest.pop() !== `aid=${this.nonce}`) return;
    if (kind === 'C') {
      this.atPrompt = false;
      this.outputFrom = end;
    } else if (kind === 'D') this.finish(Number(rest[0]), from);
  }

  /** `E;command;…` and `P;name=value;…`. */
  extended(body: string): void {
    const [kind, value = '', nonce] = body.split(';');
    if (nonce !== this.nonce) return;
    if (kind === 'E') this.command = unescaped(value);
    else if (kind === 'P') this.property(value);
  }

  private finish(exitCode: number, at: number): void {
    const { command, outputFrom } = this;
    this.atPrompt = true;
    this.command = this.outputFrom = undefined;
    if (command === undefined || !Number.isInteger(exitCode)) return;
    this.commands.push({
      command,
      exitCode,
      ...(outputFrom !== undefined && { output: { from: outputFrom, to: at } }),
    });
    if (this.commands.length > MAX_COMMANDS) this.commands.shift();
  }

  private property(assignment: string): void {
    const equals = assignment.indexOf('=');
    const text = unescaped(assignment.slice(equals + 1));
    // The prompt of a shell that has just begun: nothing has ended yet.
    this.atPrompt ??= true;
    switch (assignment.slice(0, equals)) {
      case 'Cwd':
        this.properties.cwd = text;
        break;
      case 'Shell':
        this.properties.shell = text;
        break;
      case 'Branch':
        this.properties.branch = text === '' ? undefined : text;
    }
  }
}

/** On several lines what was typed on several; otherwise nothing that a terminal would obey. */
function unescaped(value: string): string {
  const text = value.replace(ESCAPE, (_, hex: string | undefined) =>
    hex === undefined ? '\\' : String.fromCharCode(parseInt(hex, 16)),
  );
  return text
    .split('\n')
    .map((line) => printable(line, MAX_TEXT))
    .join('\n')
    .slice(0, MAX_TEXT);
}
