import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { Terminal as ScreenTerminal } from '@xterm/headless';
import { ClaudeDirectory } from '../../../src/claude-api/claude-directory';
import { ClaudeTokens } from '../../../src/claude-api/claude-tokens';
import { RandomIds } from '../../../src/kernel/ids';
import { findBubblewrap } from '../../../src/launchers/bubblewrap/find-bubblewrap';
import { childrenOf, commandLine, descendantsOf } from '../processes';
import { WITH_GARBAGE_COLLECTION, collectGarbage, collectOutput, endProcess, poll } from './child';
import { HoldfastSocket, type HoldfastTerminal } from './holdfast-socket';
import { type MessagesApi, startMessagesApi } from './messages-api';
import type { BenchTerminal, ClaudeApi, OpenOptions, Persistence, RunningTarget, Target, View } from './target';

const MAIN = path.resolve(__dirname, '../../../src/main.js');
const ADMIN = { email: 'bench@holdfast.local', password: 'a benchmark needs no secret' };
const SIZE = { cols: 80, rows: 24 };
const PROJECT = 'default';

interface Endpoints {
  readonly http: number;
  readonly terminal: number;
  readonly pid: number;
}

/** The real server as a user runs it: gateway, PTY host and embedded PostgreSQL, in a directory of its own. */
export const holdfast: Target = {
  name: 'holdfast',
  unavailable: () => undefined,
  start: async (workload) => {
    const api = await startMessagesApi();
    const environment = { ANTHROPIC_BASE_URL: api.url, ANTHROPIC_API_KEY: 'sk-a-benchmark-needs-no-secret' };
    return startHoldfast((directory) => startGateway(directory, 'direct', workload.shell, environment), api);
  },
};

/** The same with each shell in a sandbox, which sees the workspace of its project and no file of a benchmark. */
export const sandboxed: Target = {
  name: 'sandboxed',
  measures: ['connect'],
  unavailable: () => {
    const found = findBubblewrap();
    return 'problem' in found ? found.problem : undefined;
  },
  start: (workload) =>
    startHoldfast((directory) => {
      const workspace = path.join(directory, 'workspaces', PROJECT);
      fs.mkdirSync(workspace, { recursive: true });
      fs.chmodSync(path.dirname(workspace), 0o711);
      fs.copyFileSync(workload.shell, path.join(workspace, 'shell'));
      return startGateway(directory, 'bubblewrap', '/workspace/shell');
    }),
};

async function startHoldfast(
  start: (directory: string) => ChildProcess,
  messagesApi?: MessagesApi,
): Promise<RunningTarget> {
  const directory = fs.mkdtempSync('/tmp/hfb-');
  const gateway = start(directory);
  const server = new RunningHoldfast(directory, gateway.pid as number, messagesApi);
  try {
    await server.logIn(await endpointsOf(directory, gateway));
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

function startGateway(
  directory: string,
  launcher: 'direct' | 'bubblewrap',
  shell: string,
  more: Readonly<Record<string, string>> = {},
): ChildProcess {
  return spawn(process.execPath, [...WITH_GARBAGE_COLLECTION, MAIN], {
    cwd: directory,
    // Not in our process group: a Ctrl-C is for us, and we end the server in order.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: '/usr/local/bin:/usr/bin:/bin',
      DATA_DIR: directory,
      PORT: '0',
      WS_TERMINAL_PORT: '0',
      WS_CLAUDE_PORT: '0',
      ADMIN_EMAIL: ADMIN.email,
      ADMIN_PASSWORD: ADMIN.password,
      ACCESS_TOKEN_TTL_SECONDS: '3600',
      SESSION_MAX_PER_PROJECT: '100000',
      SESSION_MAX_PER_USER: '100000',
      SESSION_MAX_TOTAL: '100000',
      WS_MAX_CONNECTIONS: '100000',
      TERMINAL_LAUNCHER: launcher,
      SHELL_PROGRAM: shell,
      LOG_LEVEL: 'warn',
      ...more,
    },
  });
}

async function endpointsOf(directory: string, gateway: ChildProcess): Promise<Endpoints> {
  const output = collectOutput(gateway);
  const file = path.join(directory, 'endpoints.json');
  return poll(
    () => {
      if (gateway.exitCode !== null) throw new Error(`Holdfast did not start:\n${output()}`);
      return fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, 'utf8')) as Endpoints) : undefined;
    },
    () => `Holdfast did not start in time:\n${output()}`,
  );
}

class RunningHoldfast implements RunningTarget, Persistence {
  readonly persistence = this;
  readonly views: readonly View[] = ['everything', 'screen'];
  private url = '';
  private token = '';
  private userId = '';

  constructor(
    private readonly directory: string,
    private readonly gatewayPid: number,
    private readonly messagesApi: MessagesApi | undefined,
  ) {}

  async logIn({ http, terminal }: Endpoints): Promise<void> {
    const response = await fetch(`http://127.0.0.1:${http}/api/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(ADMIN),
    });
    if (!response.ok) throw new Error(`Holdfast refused the login: ${await response.text()}`);
    this.token = ((await response.json()) as { accessToken: string }).accessToken;
    const me = await fetch(`http://127.0.0.1:${http}/api/auth/me`, {
      headers: { authorization: `Bearer ${this.token}` },
    });
    this.userId = ((await me.json()) as { id: string }).id;
    this.url = `ws://127.0.0.1:${terminal}/`;
  }

  /** With PostgreSQL: the gateway's children but the keeper, which has the shells. */
  pids(): number[] {
    const keeper = this.keeperPid();
    const others = childrenOf(this.gatewayPid).filter((pid) => pid !== keeper);
    return [...this.terminalPids(), ...others, ...others.flatMap(descendantsOf)];
  }

  /** Gateway, keeper and broker. */
  terminalPids(): number[] {
    const keeper = this.keeperPid();
    return [this.gatewayPid, ...(keeper ? [keeper, ...brokersOf(keeper)] : [])];
  }

  /** Of the gateway; keeper and broker have small heaps. */
  collectGarbage(): void {
    collectGarbage(this.gatewayPid);
  }

  async open({ onOutput, beside }: OpenOptions): Promise<BenchTerminal> {
    const socket = beside ? (beside as HoldfastTerminal).socket : await this.connect();
    return socket.open({ projectId: PROJECT, ...SIZE }, { onOutput });
  }

  /** As a session that has just been launched. */
  async claudeApi(): Promise<ClaudeApi | undefined> {
    if (!this.messagesApi) return undefined;
    const { port, tokens } = new ClaudeDirectory(this.directory);
    const number = await poll(
      () => (fs.existsSync(port) ? fs.readFileSync(port, 'utf8').trim() : undefined),
      () => 'The API gateway did not start.',
    );
    const owner = { sessionKey: 'bench', sessionId: 'session_0_bench', projectId: PROJECT, userId: this.userId };
    const token = new ClaudeTokens(tokens, new RandomIds()).issue({ ...owner, purpose: 'session' });
    return { through: `http://127.0.0.1:${number}`, direct: this.messagesApi.url, token };
  }

  leave(terminal: BenchTerminal): Promise<void> {
    return (terminal as HoldfastTerminal).leave();
  }

  async comeBack(terminal: BenchTerminal, view: View): Promise<BenchTerminal> {
    const left = terminal as HoldfastTerminal;
    return view === 'everything' ? this.replay(left) : this.redraw(left);
  }

  async stop(): Promise<void> {
    const keeper = this.keeperPid();
    await endProcess(this.gatewayPid);
    await this.messagesApi?.stop();
    if (keeper && commandLine(keeper).includes(this.directory)) await endProcess(keeper);
    fs.rmSync(this.directory, { recursive: true, force: true });
  }

  private connect(): Promise<HoldfastSocket> {
    return HoldfastSocket.connect(this.url, this.token);
  }

  /** Every byte from the first one. */
  private async replay({ opened, next }: HoldfastTerminal): Promise<BenchTerminal> {
    const socket = await this.connect();
    const { sessionId, epoch } = opened;
    let received = 0;
    let arrived = (): void => undefined;
    const everything = new Promise<void>((resolve) => (arrived = resolve));
    const back = await socket.open(
      { projectId: PROJECT, sessionId, ...SIZE, epoch, offset: 0 },
      {
        onOutput: (bytes, terminal) => {
          received += bytes.length;
          terminal.parsed(bytes.length);
          if (received >= next) arrived();
        },
      },
    );
    if (back.opened.resume !== 'exact') throw new Error(`expected an exact replay, not "${back.opened.resume}"`);
    await everything;
    return back;
  }

  /** The screen as it is now, drawn by an emulator. */
  private async redraw({ opened }: HoldfastTerminal): Promise<BenchTerminal> {
    const socket = await this.connect();
    const screen = new ScreenTerminal({ ...SIZE, allowProposedApi: true });
    let drawn = (): void => undefined;
    const drawing = new Promise<void>((resolve) => (drawn = resolve));
    const back = await socket.open(
      { projectId: PROJECT, sessionId: opened.sessionId, ...SIZE },
      { onOutput: () => undefined, onSnapshot: (bytes) => screen.write(bytes, drawn) },
    );
    await drawing;
    screen.dispose();
    return back;
  }

  private keeperPid(): number | undefined {
    const file = path.join(this.directory, 'host/keeper.pid');
    return fs.existsSync(file) ? Number(fs.readFileSync(file, 'utf8')) : undefined;
  }
}

/** The keeper's other children are shells. */
function brokersOf(keeper: number): number[] {
  return childrenOf(keeper).filter((pid) => commandLine(pid).includes('/broker/main.js'));
}
