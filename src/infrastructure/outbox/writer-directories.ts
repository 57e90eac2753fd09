import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { tryLockFile } from '../../kernel/file-lock';

const PREFIX = 'writer-';
const LOCK = 'lock';
const PRIVATE_MODE = 0o700;

/** A writer's directory that belongs to this process until it lets go or ends. */
export class WriterDirectory {
  constructor(
    readonly path: string,
    private readonly lock: number,
  ) {}

  /** Others may have it. */
  release(): void {
    fs.closeSync(this.lock);
  }

  /** Removes it when nothing waits in it. Its lock goes last, still held. */
  remove(): void {
    fs.rmSync(this.path, { recursive: true, force: true });
    this.release();
  }
}

/** The directories of all gateway processes that share a DATA_DIR: each is owned by one living process, or by none. */
export class WriterDirectories {
  constructor(readonly root: string) {
    fs.mkdirSync(root, { recursive: true, mode: PRIVATE_MODE });
  }

  /** One that nobody else has. */
  create(): WriterDirectory {
    for (;;) {
      const name = PREFIX + randomBytes(6).toString('hex');
      fs.mkdirSync(path.join(this.root, name), { mode: PRIVATE_MODE });
      // Somebody may have taken it for one without an owner.
      const claimed = this.claim(name);
      if (claimed) return claimed;
    }
  }

  list(): string[] {
    return fs.readdirSync(this.root).filter((name) => name.startsWith(PREFIX));
  }

  /** Undefined: it has an owner that lives, maybe this process, or it is gone. */
  claim(name: string): WriterDirectory | undefined {
    const directory = path.join(this.root, name);
    const lock = tryLockFile(path.join(directory, LOCK));
    return lock === undefined ? undefined : new WriterDirectory(directory, lock);
  }
}
