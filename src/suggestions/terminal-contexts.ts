import fs from 'node:fs';
import { Injectable } from '@nestjs/common';
import { ErrorCode } from '@holdfast/protocol';
import { DomainError } from '../kernel/domain-error';
import { behindDamage, type TranscriptInfo, TranscriptSource } from '../screen-mirror/transcript-source';
import type { SessionEntity } from '../sessions/session.entity';
import { type MarkedCommand, readShellMarks, type ShellState } from '../shell-integration/shell-marks';
import { PlainText } from '../transcripts/plain-text/plain-text';
import { MarkedShells } from './marked-shells';
import { MAX_OUTPUT_LINES, MAX_RECENT, type TerminalContext } from './suggestion-context';

const KIB = 1024;
/** How much of the newest output is looked through for commands, a little first: most of them print little. */
const WINDOWS = [64 * KIB, 512 * KIB, 2048 * KIB];
/** At once from the PTY host. */
const READ_BYTES = 256 * KIB;
/** Of a failed command; its last lines are in it. */
const MAX_OUTPUT_CHARACTERS = 16 * KIB;

/** What a terminal's shell said of itself, read from its transcript: nothing is remembered for it, and any gateway can. */
@Injectable()
export class TerminalContexts {
  private readonly os = operatingSystem();

  constructor(
    private readonly transcripts: TranscriptSource,
    private readonly shells: MarkedShells,
  ) {}

  /** Throws `no_prompt` where no shell of ours waits for a command: a program may be asking for a password. */
  async of(
    session: Pick<SessionEntity, 'id' | 'projectId' | 'storageKey'>,
    { line, withOutput }: { readonly line: string; readonly withOutput: boolean },
  ): Promise<TerminalContext> {
    const { text, state } = await this.read(session.storageKey, this.shells.nonceOf(session));
    if (state.atPrompt === undefined) throw unmarked();
    if (!state.atPrompt) throw busy();
    const { cwd = '', shell = 'sh', branch, commands } = state;
    const last = commands.at(-1);
    const output = withOutput && last && last.exitCode !== 0 ? outputOf(text, last) : undefined;
    return {
      os: this.os,
      shell,
      cwd,
      commands,
      line,
      ...(branch !== undefined && { branch }),
      ...(output && { output }),
    };
  }

  private async read(key: string, nonce: string): Promise<{ readonly text: string; readonly state: ShellState }> {
    const info = await this.transcripts.info(key);
    for (const size of WINDOWS) {
      const text = await this.newest(key, info, size);
      const state = readShellMarks(text, nonce);
      const isAll = info.end - info.start <= size || size === WINDOWS.at(-1);
      if (isAll || (state.commands.length >= MAX_RECENT && state.cwd !== undefined)) return { text, state };
    }
    throw unmarked();
  }

  private newest(key: string, info: TranscriptInfo, bytes: number): Promise<string> {
    return behindDamage(info, async ({ start, end }) => {
      const pieces: Buffer[] = [];
      for (let at = Math.max(start, end - bytes); at < end;) {
        const piece = await this.transcripts.read(key, at, Math.min(READ_BYTES, end - at));
        if (piece.length === 0) break;
        pieces.push(piece);
        at += piece.length;
      }
      return Buffer.concat(pieces).toString('utf8');
    });
  }
}

function outputOf(text: string, { output }: MarkedCommand): string[] | undefined {
  if (!output) return undefined;
  const lines: string[] = [];
  const plain = new PlainText(({ text: line }) => {
    if (line.trim() !== '') lines.push(line);
  });
  plain.push(Buffer.from(text.slice(Math.max(output.from, output.to - MAX_OUTPUT_CHARACTERS), output.to)));
  plain.end();
  return lines.slice(-MAX_OUTPUT_LINES);
}

function operatingSystem(): string {
  try {
    return /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(fs.readFileSync('/etc/os-release', 'utf8'))?.[1] ?? process.platform;
  } catch {
    return process.platform;
  }
}

function busy(): DomainError {
  return new DomainError(
    ErrorCode.noPrompt,
    'A program runs in this terminal. Suggestions are for the prompt of the shell.',
  );
}

function unmarked(): DomainError {
  return new DomainError(
    ErrorCode.noPrompt,
    'The shell of this terminal does not say when it waits for a command. Open a new terminal with bash or zsh; this one was started before suggestions were on.',
  );
}
