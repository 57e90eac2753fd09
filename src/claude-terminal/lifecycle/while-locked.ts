import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ErrorCode } from '@holdfast/protocol';
import { DomainError } from '../../kernel/domain-error';
import { tryLockFile } from '../../kernel/file-lock';

const POLL_MS = 10;
/** Whoever holds it asks the PTY host for a list and writes a file or two. */
const PATIENCE_MS = 10_000;

/** Runs `work` while no other process of this machine does the same. */
export async function whileLocked<T>(file: string, work: () => Promise<T>): Promise<T> {
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o711 });
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const lock = tryLockFile(file);
    if (lock !== undefined) {
      try {
        return await work();
      } finally {
        fs.closeSync(lock);
      }
    }
    if (performance.now() > deadline) {
      throw new DomainError(ErrorCode.unavailable, 'Too many Claude sessions are being started at once; try again.', {
        retryable: true,
      });
    }
    await sleep(POLL_MS);
  }
}
