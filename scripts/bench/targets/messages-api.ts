import { spawn } from 'node:child_process';
import path from 'node:path';
import { collectOutput, poll } from './child';

const PROGRAM = path.join(__dirname, 'messages-api-server.js');

/** How many bytes the answer is to have; absent: a short one. */
export const BYTES_HEADER = 'x-bench-bytes';

export interface MessagesApi {
  readonly url: string;
  stop(): Promise<void>;
}

/** A stand-in for the Claude API in a process of its own, so that its work is not the client's. */
export async function startMessagesApi(): Promise<MessagesApi> {
  const child = spawn(process.execPath, [PROGRAM], {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
  });
  const output = collectOutput(child);
  const port = await poll(
    () => /^(\d+)\n/.exec(output())?.[1],
    () => `The stand-in for the Claude API did not start:\n${output()}`,
  );
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      if (child.exitCode !== null) return;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.stdin.end();
      await ended;
    },
  };
}
