import { spawn } from 'node:child_process';
import path from 'node:path';
import type { WebSocket } from 'ws';
import { WITH_GARBAGE_COLLECTION, collectGarbage, collectOutput, poll } from './child';
import { dial, hangUp } from './dial';
import type { BenchTerminal, OpenOptions, RunningTarget, Target } from './target';

const PROGRAM = path.join(__dirname, 'raw-pty-server.js');

/** The least that Node can put between a PTY and a WebSocket; see raw-pty-server.ts. */
export const rawPty: Target = {
  name: 'raw-pty',
  unavailable: () => undefined,
  start: async (workload) => {
    const child = spawn(process.execPath, [...WITH_GARBAGE_COLLECTION, PROGRAM, workload.shell], {
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
    });
    const output = collectOutput(child);
    const port = await poll(
      () => /^(\d+)\n/.exec(output())?.[1],
      () => `The baseline did not start:\n${output()}`,
    );
    const pids = (): number[] => [child.pid as number];
    return {
      pids,
      terminalPids: pids,
      collectGarbage: () => pids().forEach(collectGarbage),
      open: (options) => open(`ws://127.0.0.1:${port}/`, options),
      stop: async () => {
        if (child.exitCode !== null) return;
        const ended = new Promise((resolve) => child.once('exit', resolve));
        child.stdin.end();
        await ended;
      },
    } satisfies RunningTarget;
  },
};

async function open(url: string, { onOutput }: OpenOptions): Promise<BenchTerminal> {
  return new RawTerminal(await dial({ url, protocols: [], onMessage: (data) => onOutput(data) }));
}

class RawTerminal implements BenchTerminal {
  constructor(private readonly socket: WebSocket) {}

  type(input: string): void {
    this.socket.send(Buffer.from(input));
  }

  parsed(): void {
    // Nobody asks.
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  end(): Promise<void> {
    return hangUp(this.socket);
  }
}
