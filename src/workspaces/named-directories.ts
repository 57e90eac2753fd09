import fs from 'node:fs';
import path from 'node:path';
import { ErrorCode } from '@holdfast/protocol';
import { errorCode, errorMessage } from '../infrastructure/startup-error';
import { DomainError } from '../kernel/domain-error';
import { HeldDirectory } from './held-directory';

/** Nobody but its owner. */
const PRIVATE = 0o700;
/** When root, shells of other users have to pass through to what is theirs, but not to see what else there is. */
const PASSABLE = 0o711;
const OTHERS_MAY_WRITE = 0o022;

/** A directory of the server's with one directory in it for each name: DATA_DIR/workspaces, DATA_DIR/homes. */
export class NamedDirectories {
  constructor(
    private readonly dataDir: string,
    private readonly family: string,
  ) {}

  /**
   * The canonical path of the directory of this name, which is made when there is none. Throws `workspace_unusable` when something
   * else is in its place: a link, a file, or a path that leads elsewhere.
   */
  ensure(name: string): string {
    return this.guarded(name, () => {
      const parent = this.open();
      try {
        makeDirectory(parent, name, PRIVATE);
        const directory = parent.enter(name);
        try {
          return requireCanonical(directory, path.join(parent.path, name));
        } finally {
          directory.dispose();
        }
      } finally {
        parent.dispose();
      }
    });
  }

  /** Undefined when there is none. */
  find(name: string): HeldDirectory | undefined {
    return this.guarded(name, () => {
      const parent = this.open();
      try {
        return parent.enter(name);
      } catch (error) {
        if (errorCode(error) === 'ENOENT') return undefined;
        throw error;
      } finally {
        parent.dispose();
      }
    });
  }

  /** Of what is there, whatever it is. */
  names(): string[] {
    const parent = this.open();
    try {
      return fs.readdirSync(parent.self);
    } finally {
      parent.dispose();
    }
  }

  /** Moves what has this name to another place on the same disk. False = there is nothing of this name. */
  move(name: string, to: Buffer): boolean {
    const parent = this.open();
    try {
      fs.renameSync(parent.at(name), to);
      return true;
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return false;
      throw error;
    } finally {
      parent.dispose();
    }
  }

  /** The directory of all of them. */
  open(): HeldDirectory {
    const root = HeldDirectory.open(fs.realpathSync(this.dataDir));
    try {
      makeDirectory(root, this.family, process.getuid?.() === 0 ? PASSABLE : PRIVATE);
      return requireOwn(root.enter(this.family));
    } finally {
      root.dispose();
    }
  }

  private guarded<T>(name: string, use: () => T): T {
    try {
      return use();
    } catch (error) {
      // The reason is for the log: it names paths of the server.
      throw new DomainError(
        ErrorCode.workspaceUnusable,
        `The directory of ${name} cannot be used; ask an administrator to look at ${this.family} in the data directory.`,
        { cause: new Error(`${this.family}/${name}: ${errorMessage(error)}`, { cause: error }) },
      );
    }
  }
}

function makeDirectory(parent: HeldDirectory, name: string, mode: number): void {
  try {
    fs.mkdirSync(parent.at(name), { mode });
  } catch (error) {
    // Also when it is a link to somewhere: entering it says no.
    if (errorCode(error) !== 'EEXIST') throw error;
  }
}

function requireCanonical(directory: HeldDirectory, expected: string): string {
  if (directory.path !== expected) throw new Error(`leads to ${directory.path}`);
  return expected;
}

/** Who may write here could put something else in the place of a directory between the check and the launch. */
function requireOwn(directory: HeldDirectory): HeldDirectory {
  const { uid, mode } = fs.statSync(directory.self);
  if (uid === process.geteuid?.() && (mode & OTHERS_MAY_WRITE) === 0) return directory;
  const { path: where } = directory;
  directory.dispose();
  throw new Error(`${where} belongs to another user, or others may write in it`);
}
