import { fork, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import type { ClientAnswer, ClientOperation, ClientRequests } from './client/messages';

const PROGRAM = path.join(__dirname, 'client/main.js');
/** A client is asked, it never waits for the server before it answers; but `start` opens a terminal. */
const PATIENCE_MS = 60_000;

interface Pending {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** The client process, as the harness sees it. */
export class ChildClient {
  private readonly child: ChildProcess;
  private readonly pending = new Map<number, Pending>();
  private requests = 0;

  constructor(env: NodeJS.ProcessEnv) {
    this.child = fork(PROGRAM, [], { env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    this.child.on('message', ({ id, answer, error }: ClientAnswer) => {
      const pending = this.pending.get(id);
      this.pending.delete(id);
      if (error === undefined) pending?.resolve(answer);
      else pending?.reject(new Error(error));
    });
    this.child.once('exit', (code, signal) => {
      for (const { reject } of this.pending.values())
        reject(new Error(`the client process ended with ${signal ?? code}`));
      this.pending.clear();
    });
  }

  ask<K extends ClientOperation>(op: K, body: ClientRequests[K]['body']): Promise<ClientRequests[K]['answer']> {
    const id = ++this.requests;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`the client did not answer "${op}"`)), PATIENCE_MS);
      const done =
        <T>(settle: (value: T) => void) =>
        (value: T): void => {
          clearTimeout(timer);
          settle(value);
        };
      this.pending.set(id, { resolve: done(resolve as (answer: unknown) => void), reject: done(reject) });
      if (!this.child.send({ id, op, body }) && !this.child.connected) reject(new Error('the client process is gone'));
    });
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    await ended;
  }
}
