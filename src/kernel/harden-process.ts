import koffi from 'koffi';

const libc = koffi.load('libc.so.6');
const limit = koffi.struct({ soft: 'uint64_t', hard: 'uint64_t' });
const setrlimit = libc.func('setrlimit', 'int', ['int', koffi.pointer(limit)]);

const RLIMIT_CORE = 4;

/**
 * For every process that knows secrets. Without a handler SIGUSR1 opens Node's inspector to every local user, and a core dump is a
 * file with everything in it. Children inherit the limit.
 */
export function hardenProcess(): void {
  process.on('SIGUSR1', () => undefined);
  setrlimit(RLIMIT_CORE, { soft: 0, hard: 0 });
}
