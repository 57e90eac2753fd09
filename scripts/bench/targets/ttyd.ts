import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { WebSocket } from 'ws';
import { descendantsOf } from '../processes';
import { PROMPT, type Workload } from '../workload';
import { collectOutput, endProcess, poll } from './child';
import { dial, hangUp } from './dial';
import type { BenchTerminal, OpenOptions, Persistence, RunningTarget, Target } from './target';

/** ttyd's protocol: the first byte of a message says what it is. */
const INPUT = '0';
const OUTPUT = 0x30;
const HELLO = JSON.stringify({ AuthToken: '', columns: 80, rows: 24 });
const ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/', TERM: 'xterm-256color', LANG: 'C.UTF-8' };
const SOCKET_NAME = 'tmux.sock';

/** The C server that people use most, with a terminal for each connection. */
export const ttyd: Target = {
  name: 'ttyd',
  unavailable: () => missing('ttyd'),
  start: async (workload) => {
    const server = await startServer([workload.shell]);
    const pids = (): number[] => [server.pid];
    return {
      pids,
      terminalPids: pids,
      open: (options) => open(server.url, options),
      stop: () => server.stop(),
    };
  },
};

/** What people use to have terminals that survive their connection. */
export const ttydWithTmux: Target = {
  name: 'ttyd+tmux',
  unavailable: () => missing('ttyd') ?? missing('tmux'),
  start: async (workload) => {
    const tmux = new Tmux(workload);
    const server = await startServer(tmux.command, ['--url-arg']);
    const url = (session: string): string => `${server.url}?${tmux.urlArguments(session)}`;
    let sessions = 0;
    const pids = (): number[] => [server.pid, ...descendantsOf(server.pid), ...tmux.pids()];
    return {
      pids,
      terminalPids: pids,
      open: (options) => {
        const session = `bench${++sessions}`;
        return open(url(session), options, session);
      },
      persistence: reattaching(url),
      stop: async () => {
        tmux.end();
        await server.stop();
      },
    } satisfies RunningTarget;
  },
};

function missing(program: string): string | undefined {
  return locate(program) === undefined ? `${program} was not found on the PATH.` : undefined;
}

/** On our PATH; the servers get one of their own. */
function locate(program: string): string | undefined {
  return spawnSync('which', [program], { encoding: 'utf8' }).stdout?.trim() || undefined;
}

interface Server {
  readonly pid: number;
  readonly url: string;
  stop(): Promise<void>;
}

async function startServer(command: readonly string[], options: readonly string[] = []): Promise<Server> {
  // Versions before 1.7.4 take input without being told to, and refuse the option.
  const program = locate('ttyd') as string;
  const help = spawnSync(program, ['--help'], { encoding: 'utf8' });
  const writable = `${help.stdout}${help.stderr}`.includes('--writable') ? ['--writable'] : [];
  const args = ['--port', '0', '--interface', '127.0.0.1', ...writable, ...options, ...command];
  const child = spawn(program, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'], env: ENVIRONMENT });
  const output = collectOutput(child);
  const port = await poll(
    () => /[Ll]istening on port: (\d+)/.exec(output())?.[1],
    () => `ttyd did not start:\n${output()}`,
  );
  const pid = child.pid as number;
  return { pid, url: `ws://127.0.0.1:${port}/ws`, stop: () => endProcess(pid) };
}

class Tmux {
  readonly command: readonly string[];
  private readonly socket: string;

  constructor(private readonly workload: Workload) {
    this.socket = path.join(workload.directory, SOCKET_NAME);
    const config = path.join(workload.directory, 'tmux.conf');
    fs.writeFileSync(config, 'set -g status off\nset -g default-terminal screen-256color\n');
    this.command = [locate('tmux') as string, '-S', this.socket, '-f', config];
  }

  /** Makes the session or attaches to it. */
  urlArguments(session: string): string {
    return ['new-session', '-A', '-s', session, this.workload.shell]
      .map((argument) => `arg=${encodeURIComponent(argument)}`)
      .join('&');
  }

  /** Its server is nobody's child. */
  pids(): number[] {
    const { stdout, status } = this.ask('display-message', '-p', '#{pid}');
    return status === 0 ? [Number(stdout)] : [];
  }

  end(): void {
    this.ask('kill-server');
  }

  private ask(...args: string[]): { stdout: string; status: number | null } {
    const [program, ...common] = this.command as [string, ...string[]];
    return spawnSync(program, [...common, ...args], { encoding: 'utf8', env: ENVIRONMENT });
  }
}

async function open(url: string, { onOutput }: OpenOptions, session = ''): Promise<TtydTerminal> {
  const socket = await dial({
    url,
    protocols: ['tty'],
    onMessage: (data) => {
      if (data[0] === OUTPUT) onOutput(data.subarray(1));
    },
  });
  socket.send(HELLO);
  return new TtydTerminal(socket, session);
}

function reattaching(url: (session: string) => string): Persistence {
  return {
    views: ['screen'],
    leave: (terminal) => (terminal as TtydTerminal).leave(),
    comeBack: async (terminal) => {
      const { session } = terminal as TtydTerminal;
      let drawn = (): void => undefined;
      const drawing = new Promise<void>((resolve) => (drawn = resolve));
      let screen = '';
      const back = await open(
        url(session),
        {
          onOutput: (bytes) => {
            screen += Buffer.from(bytes).toString('latin1');
            if (screen.includes(PROMPT.trimEnd())) drawn();
          },
        },
        session,
      );
      await drawing;
      return back;
    },
  };
}

class TtydTerminal implements BenchTerminal {
  constructor(
    private readonly socket: WebSocket,
    readonly session: string,
  ) {}

  type(input: string): void {
    this.socket.send(Buffer.from(INPUT + input));
  }

  parsed(): void {
    // ttyd has pause and resume, for an emulator that is behind; `pause` does the same to the connection.
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  leave(): Promise<void> {
    return hangUp(this.socket);
  }

  async end(): Promise<void> {
    // Ends the shell also behind tmux; whatever runs in it gets a hang-up.
    this.type('\x03');
    this.type('exit\r');
    await hangUp(this.socket);
  }
}
