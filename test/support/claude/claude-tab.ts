import type { Opened, Terminal, TerminalEvents } from '@holdfast/client';
import type { Api } from '../api';
import { eventually } from '../eventually';
import { sdkClient, type TestClient } from '../sdk';
import { ClaudeScreen } from './claude-screen';
import type { ClaudeServer } from './claude-server';

export interface ClaudeTabOptions {
  readonly projectId?: string;
  /** Absent: a new session. */
  readonly sessionId?: string;
}

/** A Claude session as somebody sees it who has opened it: the SDK, and an emulator that shows it. */
export class ClaudeTab {
  readonly screen: ClaudeScreen;
  readonly exits: TerminalEvents['exit'][] = [];
  readonly states: TerminalEvents['claude.state'][] = [];
  readonly permissions: TerminalEvents['claude.permission'][] = [];
  readonly settled: TerminalEvents['claude.permission.settled'][] = [];
  readonly notices: TerminalEvents['claude.notice'][] = [];
  readonly usages: TerminalEvents['claude.usage'][] = [];

  private constructor(
    private readonly connection: TestClient,
    readonly terminal: Terminal,
  ) {
    this.screen = new ClaudeScreen((input) => terminal.write(input));
    // One after the other, as they came.
    let parsed = Promise.resolve();
    terminal.on('data', ({ bytes, ack }) => {
      parsed = parsed.then(() => this.screen.take(bytes)).then(ack);
    });
    terminal.on('snapshot', ({ bytes, ack }) => {
      parsed = parsed.then(() => this.screen.show(bytes)).then(ack);
    });
    terminal.on('exit', (exit) => this.exits.push(exit));
    terminal.on('claude.state', (state) => this.states.push(state));
    terminal.on('claude.permission', (permission) => this.permissions.push(permission));
    terminal.on('claude.permission.settled', (settled) => this.settled.push(settled));
    terminal.on('claude.notice', (notice) => this.notices.push(notice));
    terminal.on('claude.usage', (usage) => this.usages.push(usage));
  }

  static async open(
    server: ClaudeServer,
    api: Api,
    { projectId = 'default', sessionId }: ClaudeTabOptions = {},
  ): Promise<ClaudeTab> {
    const connection = sdkClient(server.url, api.token);
    const terminal = connection.client.open({ projectId, sessionId, cols: 100, rows: 30 });
    const tab = new ClaudeTab(connection, terminal);
    await terminal.ready;
    return tab;
  }

  get client(): TestClient['client'] {
    return this.connection.client;
  }

  get ready(): Promise<Opened> {
    return this.terminal.ready;
  }

  get sessionId(): string {
    const { sessionId } = this.terminal;
    if (sessionId === undefined) throw new Error('the session is not open');
    return sessionId;
  }

  get state(): string | undefined {
    return this.states.at(-1)?.state;
  }

  /** Resolves with the state when the session has it. */
  async whenState(name: string, withinMs?: number): Promise<TerminalEvents['claude.state']> {
    return eventually(() => {
      const state = this.states.at(-1);
      if (state?.state !== name) throw new Error(`${name} after ${JSON.stringify(this.states)}:\n${this.screen.text}`);
      return state;
    }, withinMs);
  }

  /** A prompt, its reply, and the session waits again. */
  async say(prompt: string, reply: string | RegExp): Promise<void> {
    await this.screen.prompt(prompt);
    await this.screen.shows(reply);
    await this.screen.whenIdle();
  }

  /** Cuts the connection as a network does. */
  cut(): void {
    this.connection.cut();
  }

  async close(): Promise<void> {
    await this.connection.client.close();
    this.screen.dispose();
  }
}
