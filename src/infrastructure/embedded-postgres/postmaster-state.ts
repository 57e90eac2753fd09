import fs from 'node:fs';
import path from 'node:path';
import { errorCode } from '../startup-error';
import { isAlive } from './is-alive';

/** What the lock file of PostgreSQL says about the server on a data directory. */
export type PostmasterState =
  { readonly phase: 'absent' } | { readonly phase: 'starting' | 'stopping' | 'ready'; readonly pid: number };

/** Line 8 of postmaster.pid; the file is documented in PostgreSQL's `src/include/utils/pidfile.h`. */
const STATUS_LINE = 7;

export function readPostmasterState(dataDir: string): PostmasterState {
  const lines = readLines(path.join(dataDir, 'postmaster.pid'));
  const pid = Number(lines?.[0]);
  if (!lines || !Number.isInteger(pid) || pid <= 0 || !isPostgres(pid)) return { phase: 'absent' };
  const status = lines[STATUS_LINE]?.trim();
  return { phase: status === 'ready' || status === 'stopping' ? status : 'starting', pid };
}

/**
 * Removes a lock file whose pid now belongs to some other program, as happens in a restarted container: PostgreSQL
 * believes such a file. Stale files of dead pids it recognises itself.
 */
export function removeStaleLock(dataDir: string): void {
  const file = path.join(dataDir, 'postmaster.pid');
  const pid = Number(readLines(file)?.[0]);
  if (Number.isInteger(pid) && pid > 0 && isAlive(pid) && !isPostgres(pid)) fs.rmSync(file, { force: true });
}

function readLines(file: string): string[] | undefined {
  try {
    return fs.readFileSync(file, 'utf8').split('\n');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function isPostgres(pid: number): boolean {
  if (!isAlive(pid)) return false;
  if (process.platform !== 'linux') return true;
  try {
    // A zombie has a name but no command line.
    const [program = ''] = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return path.basename(program) === 'postgres';
  } catch {
    return false;
  }
}
