import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { eventually } from '../../../test/support/eventually';
import { foregroundProcessGroup, setCloseOnExec } from '../native/libc';
import { forkPty, resizePty } from '../native/pty';

const FD_FLAGS = /^flags:\s+(\d+)/m;
const O_NONBLOCK = 0o4000;
const O_CLOEXEC = 0o2000000;

/** node-pty's native part is used directly: its version is pinned, and this fails when its interface changes. */
describe('the native interface of node-pty', () => {
  const open: number[] = [];
  afterEach(() => {
    for (const fd of open.splice(0)) fs.closeSync(fd);
  });

  function fork(script: string): { fd: number; pid: number; exit: Promise<[number, number]> } {
    let exited: (status: [number, number]) => void = () => undefined;
    const exit = new Promise<[number, number]>((resolve) => (exited = resolve));
    const { fd, pid } = forkPty({
      file: '/bin/sh',
      args: ['-c', script],
      env: ['A=1'],
      cols: 91,
      rows: 17,
      onExit: (code, signal) => exited([code, signal]),
    });
    open.push(fd);
    return { fd, pid, exit };
  }

  async function readUntil(fd: number, wanted: string): Promise<string> {
    let text = '';
    await eventually(() => {
      const buffer = Buffer.alloc(4096);
      text += buffer.toString('utf8', 0, fs.readSync(fd, buffer, 0, buffer.length, null));
      if (!text.includes(wanted)) throw new Error(`only ${JSON.stringify(text)}`);
    });
    return text;
  }

  test('forks with the given size and environment, and reports the exit code', async () => {
    const { fd, pid, exit } = fork('stty size; echo A=$A HOME=$HOME PID=$$; read x; exit 7');
    const text = await readUntil(fd, `PID=${pid}`);
    expect(text).toContain('17 91\r\nA=1 HOME= ');
    fs.writeSync(fd, '\n');
    expect(await exit).toEqual([7, 0]);
  });

  test('the master is non-blocking, and close-on-exec once told so', async () => {
    const { fd, pid, exit } = fork('read x');
    const flags = (): number =>
      parseInt(FD_FLAGS.exec(fs.readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))?.[1] ?? '', 8);
    expect(flags() & O_NONBLOCK).toBe(O_NONBLOCK);
    setCloseOnExec(fd);
    expect(flags() & O_CLOEXEC).toBe(O_CLOEXEC);
    expect(execFileSync('ls', ['-l', '/proc/self/fd']).toString()).not.toContain('ptmx');
    process.kill(pid, 'SIGKILL');
    expect(await exit).toEqual([0, 9]);
  });

  test('resizes the terminal and signals its foreground', async () => {
    const { fd, pid, exit } = fork('trap "stty size" WINCH; echo ready; while :; do sleep 0.02; done');
    await readUntil(fd, 'ready');
    resizePty(fd, 123, 45);
    await readUntil(fd, '45 123');
    expect(foregroundProcessGroup(fd)).toBe(pid);
    process.kill(pid, 'SIGTERM');
    expect(await exit).toEqual([0, 15]);
  });
});
