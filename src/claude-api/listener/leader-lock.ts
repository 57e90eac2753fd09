import fs from 'node:fs';
import { tryLockFile } from '../../kernel/file-lock';

/** Held by at most one process of a machine; gone with it, however it ends. */
export class LeaderLock {
  private fd: number | undefined;

  constructor(private readonly file: string) {}

  get isHeld(): boolean {
    return this.fd !== undefined;
  }

  tryTake(): boolean {
    this.fd ??= tryLockFile(this.file);
    return this.isHeld;
  }

  release(): void {
    if (this.fd !== undefined) fs.closeSync(this.fd);
    this.fd = undefined;
  }
}
