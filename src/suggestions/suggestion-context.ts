import { printable } from '@holdfast/protocol';
import { redactCommand } from './redaction';

/** What is known of a terminal, as it is. */
export interface TerminalContext {
  readonly os: string;
  readonly shell: string;
  readonly cwd: string;
  readonly branch?: string;
  /** Oldest first. */
  readonly commands: readonly { readonly command: string; readonly exitCode: number }[];
  /** As it stands at the prompt. */
  readonly line: string;
  /** Of the last command, if it failed and its user wants it. */
  readonly output?: readonly string[];
}

/** What of it leaves this server; the user is shown exactly this. */
export interface SentContext {
  readonly os: string;
  readonly shell: string;
  readonly cwd: string;
  readonly branch?: string;
  readonly recent: readonly { readonly cmd: string; readonly exit: number }[];
  readonly line: string;
  readonly output?: readonly string[];
}

/** Enough to see what somebody is at. */
export const MAX_RECENT = 8;
export const MAX_OUTPUT_LINES = 20;
/** A secret that was cut in half is not recognized: redaction sees all of a text, and the cut comes after it. */
const MAX_COMMAND = 300;
const MAX_LINE = 1_000;
const MAX_PATH = 300;
const MAX_NAME = 100;
const MAX_OUTPUT_LINE = 200;

/** Field by field: what is left out, redacted and cut here is never part of anything that is sent. */
export function sentContext({ os, shell, cwd, branch, commands, line, output }: TerminalContext): SentContext {
  return {
    os: clean(os, MAX_NAME),
    shell: clean(shell, MAX_NAME),
    cwd: clean(cwd, MAX_PATH),
    ...(branch !== undefined && { branch: clean(branch, MAX_NAME) }),
    recent: commands
      .filter(({ command }) => !isPrivate(command))
      .slice(-MAX_RECENT)
      .map(({ command, exitCode }) => ({ cmd: clean(command, MAX_COMMAND), exit: exitCode })),
    line: isPrivate(line) ? '' : clean(line, MAX_LINE),
    ...(output && { output: outputLines(output) }),
  };
}

/** A key or a certificate takes several lines: they are looked at together. */
function outputLines(lines: readonly string[]): string[] {
  return redactCommand(lines.join('\n'))
    .split('\n')
    .slice(-MAX_OUTPUT_LINES)
    .map((line) => printable(line, MAX_OUTPUT_LINE));
}

/** A space in front keeps a command out of the history, and from here. */
function isPrivate(command: string): boolean {
  return /^\s/.test(command);
}

function clean(text: string, max: number): string {
  return printable(redactCommand(text).replace(/\s*\n\s*/g, ' ⏎ '), max);
}
