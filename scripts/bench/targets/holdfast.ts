import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { Terminal as ScreenTerminal } from '@xterm/headless';
import { childrenOf, commandLine, descendantsOf } from '../processes';
import type { Workload } from '../workload';
import { WITH_GARBAGE_COLLECTION, collectGarbage, collectOutput, endProcess, poll } from './child';
import { HoldfastSocket, type HoldfastTerminal } from './holdfast-socket';
import type { BenchTerminal, OpenOptions, Persistence, RunningTarget, Target, View } from './target';

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
    const directory = fs.mkdtempSync('/tmp/hfb-');
    const gateway = startGateway(directory, workload);
    const server = new RunningHoldfast(directory, gateway.pid as number);
    try {
      await server.logIn(await endpointsOf(directory, gateway));
      return server;
    } catch (error) {
      await server.stop();
      throw error;
    }
  },
};

function startGateway(directory: string, workload: Workload): ChildProcess {
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
      WS_MAX_CONNECTIONS: '100000',
      SHELL_PROGRAM: workload.shell,
      LOG_LEVEL: 'warn',
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

  constructor(
    private readonly directory: string,
    private readonly gatewayPid: number,
  ) {}

  async logIn({ http, terminal }: Endpoints): Promise<void> {
    const response = await fetch(`http://127.0.0.1:${http}/api/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(ADMIN),
    });
    if (!response.ok) throw new Error(`Holdfast refused the login: ${await response.text()}`);
    this.token = ((await response.json()) as { accessToken: string }).accessToken;
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
