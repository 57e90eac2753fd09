import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { spawn, type IPty } from 'node-pty';
import { eventually } from '../eventually';
import { ClaudeScreen } from './claude-screen';

export interface ClaudeHomeOptions {
  readonly onboarded?: boolean;
  readonly trusted?: boolean;
}

/** The directories of one user, seeded so that the CLI asks nothing at its first start. */
export class ClaudeHome {
  readonly root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'hf-cli-')));
  readonly config = this.directory('config');
  readonly workspace = this.directory('workspace');
  private readonly home = this.directory('home');
  private readonly tmp = this.directory('tmp');

  constructor({ onboarded = true, trusted = true }: ClaudeHomeOptions = {}) {
    const projects = { [this.workspace]: { hasTrustDialogAccepted: trusted } };
    this.write('config/.claude.json', { hasCompletedOnboarding: onboarded, theme: 'dark', projects });
  }

  get env(): Record<string, string> {
    return {
      ...{ PATH: '/usr/local/bin:/usr/bin:/bin', HOME: this.home, CLAUDE_CONFIG_DIR: this.config, SHELL: '/bin/bash' },
      ...{ CLAUDE_CODE_TMPDIR: this.tmp, TERM: 'xterm-256color', COLORTERM: 'truecolor', LANG: 'C.UTF-8' },
      ...{ CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1', DISABLE_AUTOUPDATER: '1', CLAUDE_CODE_MAX_RETRIES: '3' },
    };
  }

  write(file: string, content: unknown): string {
    const whole = path.join(this.root, file);
    fs.mkdirSync(path.dirname(whole), { recursive: true });
    fs.writeFileSync(whole, JSON.stringify(content));
    return whole;
  }

  /** Lines of the conversation with this id; undefined: there is none. */
  transcript(conversationId: string): readonly Record<string, unknown>[] | undefined {
    const name = this.workspace.replace(/[^a-zA-Z0-9]/g, '-');
    const file = path.join(this.config, 'projects', name, `${conversationId}.jsonl`);
    if (!fs.existsSync(file)) return undefined;
    return fs
      .readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** What the CLI with this pid says of itself. */
  sessionFile(pid: number): Record<string, unknown> | undefined {
    const file = path.join(this.config, 'sessions', `${pid}.json`);
    try {
      return JSON.parse(fs.readFileSync(file, 'utf8')) as Record<string, unknown>;
    } catch {
      return undefined;
    }
  }

  remove(): void {
    fs.rmSync(this.root, { recursive: true, force: true });
  }

  private directory(name: string): string {
    const directory = path.join(this.root, name);
    fs.mkdirSync(directory);
    return directory;
  }
}

export interface ClaudeProcessOptions {
  readonly file: string;
  readonly home: ClaudeHome;
  readonly baseUrl: string;
  readonly settings?: object;
  readonly env?: Readonly<Record<string, string>>;
  readonly sessionId?: string;
  readonly resume?: string;
}

/** The CLI in a PTY of its own, without Holdfast. */
export class ClaudeProcess {
  readonly screen: ClaudeScreen;
  readonly conversationId: string;
  exit: { readonly exitCode: number; readonly signal?: number } | undefined;
  private readonly pty: IPty;

  constructor({ file, home, baseUrl, settings, env, sessionId, resume }: ClaudeProcessOptions) {
    this.conversationId = resume ?? sessionId ?? randomUUID();
    const which = resume === undefined ? ['--session-id', this.conversationId] : ['--resume', resume];
    const settingsFile = home.write('settings.json', {
      ...{ disableAutoMode: 'disable', permissions: { defaultMode: 'default' }, env: { ANTHROPIC_BASE_URL: baseUrl } },
      ...settings,
    });
    this.screen = new ClaudeScreen((input) => this.pty.write(input));
    this.pty = spawn(file, ['--settings', settingsFile, ...which], {
      ...{ name: 'xterm-256color', ...this.screen.size, cwd: home.workspace, encoding: null },
      env: {
        ...{
          ...home.env,
          ANTHROPIC_BASE_URL: baseUrl,
          ANTHROPIC_AUTH_TOKEN: 'a-session-token',
          HOLDFAST_TOKEN: 'a-hook-token',
        },
        ...env,
      },
    });
    this.pty.onData((bytes) => void this.screen.take(bytes as unknown as Buffer));
    this.pty.onExit((exit) => (this.exit = exit));
  }

  get pid(): number {
    return this.pty.pid;
  }

  kill(signal: NodeJS.Signals): void {
    process.kill(this.pid, signal);
  }

  async whenExited(): Promise<{ readonly exitCode: number; readonly signal?: number }> {
    return eventually(() => {
      if (!this.exit) throw new Error(`it runs:\n${this.screen.text}`);
      return this.exit;
    });
  }

  async end(): Promise<void> {
    if (!this.exit) this.kill('SIGKILL');
    await this.whenExited();
    this.screen.dispose();
  }
}
