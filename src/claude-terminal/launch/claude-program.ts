import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../../../config/environment';
import { findClaude } from './find-claude';

/** It says its version in a tenth of a second; a busy machine takes longer. */
const PATIENCE_MS = 20_000;
const MAX_SAID_BYTES = 4096;
/** What is not there may have been installed since. */
const LOOK_AGAIN_MS = 10_000;
const VERSION = /^(\d+\.\d+\.\d+[^\s]*)/;
/** Of an error, as much as a line bears. */
const MAX_REASON = 200;
const MODULES = ['../../../../node_modules', '../../../node_modules'].map((modules) => path.join(__dirname, modules));
/** Nothing of the server's, and no home to write to. */
const ENVIRONMENT = {
  PATH: '/usr/local/bin:/usr/bin:/bin',
  HOME: '/nonexistent',
  CLAUDE_CONFIG_DIR: '/nonexistent',
  DISABLE_AUTOUPDATER: '1',
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  LANG: 'C.UTF-8',
};

export const HOW_TO_GET_CLAUDE =
  'Install it (npm install -g @anthropic-ai/claude-code), or name its program with CLAUDE_BIN.';

export type ClaudeProgramState =
  | { readonly available: true; readonly program: string; readonly version?: string }
  | { readonly available: false; readonly reason: string };

/** The Claude Code CLI of this machine. It is never part of this server: whoever runs it installs it. */
@Injectable()
export class ClaudeProgram {
  private known: { readonly state: ClaudeProgramState; readonly stamp: string; readonly at: number } | undefined;
  private looking: Promise<ClaudeProgramState> | undefined;

  constructor(@Inject(CONFIG) private readonly config: Config) {}

  /** What it is at this moment: one that was replaced is looked at anew. */
  check(): Promise<ClaudeProgramState> {
    const { known } = this;
    const program = findClaude({ ...this.config.claude, modules: MODULES });
    const isFresh = known?.state.available || performance.now() - (known?.at ?? 0) < LOOK_AGAIN_MS;
    if (known && known.stamp === stampOf(program) && isFresh) return Promise.resolve(known.state);
    this.looking ??= this.look(program).finally(() => (this.looking = undefined));
    return this.looking;
  }

  private async look(program: string | undefined): Promise<ClaudeProgramState> {
    const stamp = stampOf(program);
    const state = await this.stateOf(program);
    this.known = { state, stamp, at: performance.now() };
    return state;
  }

  private async stateOf(program: string | undefined): Promise<ClaudeProgramState> {
    const { program: wanted } = this.config.claude;
    if (program === undefined) {
      const missing =
        wanted === undefined
          ? 'Claude Code is not installed on this server.'
          : `CLAUDE_BIN names ${wanted}, which cannot be run.`;
      return { available: false, reason: `${missing} ${HOW_TO_GET_CLAUDE}` };
    }
    try {
      return { available: true, program, version: VERSION.exec(await saysVersion(program))?.[1] };
    } catch (error) {
      const why = (error as Error).message.replace(/\s+/g, ' ').slice(0, MAX_REASON);
      return { available: false, reason: `${program} does not run here (${why}). ${HOW_TO_GET_CLAUDE}` };
    }
  }
}

function stampOf(program: string | undefined): string {
  const stat = program === undefined ? undefined : fs.statSync(program, { throwIfNoEntry: false });
  return stat ? `${program}:${stat.ino}:${stat.size}:${stat.mtimeMs}` : '';
}

async function saysVersion(program: string): Promise<string> {
  const options = { env: ENVIRONMENT, cwd: '/', timeout: PATIENCE_MS, maxBuffer: MAX_SAID_BYTES };
  return (await promisify(execFile)(program, ['--version'], options)).stdout.trim();
}
