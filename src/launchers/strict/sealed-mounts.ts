import fs from 'node:fs';
import path from 'node:path';

/** Compiled by scripts/build.mjs; sources that run unbuilt, in tests, use the last build. */
const PROGRAM = ['../../../native', '../../../dist/native']
  .map((directory) => path.join(__dirname, directory, 'noexec-mounts'))
  .find((file) => fs.existsSync(file));
/** A place to mount on, which everybody may pass and nobody fills. */
const MODE = 0o711;

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
}

export interface Sealed {
  readonly processes: number;
  /** Of memory, for /tmp. */
  readonly temporaryBytes: number;
  /** Canonical paths of what the sandbox may write to. */
  readonly writable: readonly string[];
}

/** What goes around bubblewrap where nothing that is written may be executed; see noexec-mounts.c. */
export class SealedMounts {
  constructor(private readonly dataDir: string) {}

  /** Outside, where the temporary files of the sandbox are: another, empty file system for each. */
  get temporary(): string {
    return path.join(fs.realpathSync(this.dataDir), 'strict-tmp');
  }

  around({ program, args }: Command, { processes, temporaryBytes, writable }: Sealed): Command {
    const { temporary } = this;
    fs.mkdirSync(temporary, { recursive: true, mode: MODE });
    return {
      program: PROGRAM ?? '/nonexistent',
      args: [String(processes), temporary, String(temporaryBytes), ...writable, '--', program, ...args],
    };
  }
}
