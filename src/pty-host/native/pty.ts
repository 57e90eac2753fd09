import path from 'node:path';

/**
 * node-pty 1.1.0's native part, and nothing else of it. Its JavaScript loses final output, writes through the thread pool
 * and spins on a full PTY (facts: dependencies §5), so the keeper forks and the broker reads and writes by themselves.
 * The version is pinned exactly; `keeper.spec.ts` fails when the native interface changes.
 */
interface NativePty {
  fork(
    file: string,
    args: readonly string[],
    env: readonly string[],
    cwd: string,
    cols: number,
    rows: number,
    uid: number,
    gid: number,
    utf8: boolean,
    helperPath: string,
    onExit: (exitCode: number, signal: number) => void,
  ): { fd: number; pid: number; pty: string };
  resize(fd: number, cols: number, rows: number): void;
}

const native = require(
  path.join(path.dirname(require.resolve('node-pty/package.json')), 'build/Release/pty.node'),
) as NativePty;

/** Keeps the uid and gid of this process; the launcher changes them. */
const SAME = -1;

export interface ForkOptions {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly cols: number;
  readonly rows: number;
  readonly onExit: (exitCode: number, signal: number) => void;
}

/** The master is non-blocking and NOT close-on-exec: the caller sets that at once. */
export function forkPty(options: ForkOptions): { fd: number; pid: number } {
  const { file, args, env, cols, rows, onExit } = options;
  return native.fork(file, args, env, '/', cols, rows, SAME, SAME, true, '', onExit);
}

export function resizePty(masterFd: number, cols: number, rows: number): void {
  native.resize(masterFd, cols, rows);
}
