import type { ChildProcess } from 'node:child_process';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning } from '../processes';

const POLL_MS = 20;
/** Of a server that should start or stop. A loaded machine initialises a PostgreSQL cluster in a few seconds. */
const PATIENCE_MS = 30_000;

/** In front of the program of a Node process whose garbage is to be collected on demand. */
export const WITH_GARBAGE_COLLECTION = ['--expose-gc', '--require', path.join(__dirname, 'collect-garbage.js')];

export function collectGarbage(pid: number): void {
  signal(pid, 'SIGUSR2');
}

/** Calls until something is returned; throws what `failure` says when nothing was for too long. */
export async function poll<T>(look: () => T | undefined, failure: () => string): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error(failure());
    await sleep(POLL_MS);
  }
}

/** Everything a child printed, for the error message of a server that did not start. */
export function collectOutput(child: ChildProcess): () => string {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  }
  return () => output;
}

/** Asks a process to end, and kills it when it does not. */
export async function endProcess(pid: number): Promise<void> {
  if (!signal(pid, 'SIGTERM')) return;
  const ended = (): true | undefined => (isRunning(pid) ? undefined : true);
  await poll(ended, () => `process ${pid} does not end`).catch(() => signal(pid, 'SIGKILL'));
}

function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch {
    // Already gone.
    return false;
  }
}
