import fs from 'node:fs';
import { errorCode } from '../infrastructure/startup-error';
import type { Disposable } from '../kernel/disposables';
import { type HeldDirectory } from './held-directory';

/** Names read from the directory at a time. */
const BATCH = 128;
/** Went away, or became something else, between being listed and being looked at: its owner is at work. */
const GONE = new Set(['ENOENT', 'ENOTDIR', 'ELOOP']);

/** One directory of a walk, and how far it has been read. */
export class Level implements Disposable {
  private readonly reader: fs.Dir;

  constructor(
    readonly directory: HeldDirectory,
    /** In the level above. */
    readonly name: string,
  ) {
    try {
      this.reader = fs.opendirSync(directory.self, { encoding: 'latin1', bufferSize: BATCH });
    } catch (error) {
      directory.dispose();
      throw error;
    }
  }

  /** The next name; undefined at the end. */
  next(): string | undefined {
    return this.reader.readSync()?.name;
  }

  dispose(): void {
    this.reader.closeSync();
    this.directory.dispose();
  }
}

/** What `look` finds, or undefined when there is nothing any more. */
export function unlessGone<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (GONE.has(errorCode(error) ?? '')) return undefined;
    throw error;
  }
}
