import { fork, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import type { Answer } from './client/serve';

/** A client is asked, it never waits for the server before it answers; but `start` opens terminals. */
const PATIENCE_MS = 60_000;

interface Pending {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** What is asked of a client process, and what it answers. */
export interface Requests {
  readonly [op: string]: { readonly body: unknown; readonly answer: unknown };
}

/** A client process, as the harness sees it. */
export class ClientProcess<R extends { [K in keyof R]: Requests[string] }> {
  private readonly child: ChildProcess;
  private readonly pending = new Map<number, Pending>();
  private requests = 0;

  /** `program`: a compiled file beside this one. */
  constructor(program: string, env: NodeJS.ProcessEnv) {
    this.child = fork(path.join(__dirname, program), [], { env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    this.child.on('message', ({ id, answer, error }: Answer) => {
      const pending = this.pending.get(id);
      this.pending.delete(id);
      if (error === undefined) pending?.resolve(answer);
      else pending?.reject(new Error(error));
    });
    this.child.once('exit', (code, signal) => {
      const error = new Error(`the client process ended with ${signal ?? code}`);
      for (const { reject } of this.pending.values()) reject(error);
      this.pending.clear();
    });
  }

  ask<K extends keyof R & string>(op: K, body: R[K]['body']): Promise<R[K]['answer']> {
    const id = ++this.requests;
    const asked = new Promise<R[K]['answer']>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`the client did not answer "${op}"`)), PATIENCE_MS);
      this.pending.set(id, {
        resolve: (answer) => {
          clearTimeout(timer);
          resolve(answer);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
    });
    if (this.child.connected) this.child.send({ id, op, body });
    else this.pending.get(id)?.reject(new Error('the client process is gone'));
    return asked;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    await ended;
  }
}
