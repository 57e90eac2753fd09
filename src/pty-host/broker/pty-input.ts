import fs from 'node:fs';
import type { WriteInput } from '@holdfast/protocol';

/** Instead of a number of bytes: nobody reads any more. The exit follows. */
export const HUNG_UP = -1;

/**
 * Writes to a PTY master; 0 when it is full. Synchronous on purpose: the descriptor is non-blocking, and node-pty's own way
 * through the thread pool lets an echo wait for password hashes.
 */
export function writeToMaster(fd: number): WriteInput {
  return (bytes, at, length) => {
    try {
      return fs.writeSync(fd, bytes, at, length);
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'EAGAIN' ? 0 : HUNG_UP;
    }
  };
}
