import fs from 'node:fs';
import koffi from 'koffi';

const flock = koffi.load('libc.so.6').func('int flock(int fd, int operation)');
const LOCK_EX_NB = 2 | 4;

/** True when this process now holds the lock; it is released when the process ends, however it ends. */
export function tryLock(fd: number): boolean {
  return (flock(fd, LOCK_EX_NB) as number) === 0;
}

/** Opens and locks a file that others may lock or delete meanwhile. Undefined: somebody else has it, or it is gone. */
export function tryLockFile(file: string): number | undefined {
  let fd: number;
  try {
    fd = fs.openSync(file, 'a', 0o600);
  } catch {
    return undefined;
  }
  // The owner before may have deleted it between our open and our lock: then we hold a lock on nothing.
  if (tryLock(fd) && fs.statSync(file, { throwIfNoEntry: false })?.ino === fs.fstatSync(fd).ino) return fd;
  fs.closeSync(fd);
  return undefined;
}
