import fs from 'node:fs';
import path from 'node:path';

/** Others pass through to `run/api.sock`, as the sandboxes of system users of their own do; they do not look inside. */
const PASSABLE_MODE = 0o711;
const PRIVATE_MODE = 0o700;

/** Where the API gateway of a machine keeps its things, under DATA_DIR. */
export class ClaudeDirectory {
  readonly root: string;
  readonly leaderLock: string;
  readonly apiSocket: string;
  /** For gateway processes alone; not in `run`, which sandboxes can see. */
  readonly controlSocket: string;
  readonly port: string;
  readonly tokens: string;

  constructor(dataDir: string) {
    this.root = path.join(dataDir, 'claude');
    this.leaderLock = path.join(this.root, 'leader.lock');
    this.apiSocket = path.join(this.root, 'run/api.sock');
    this.controlSocket = path.join(this.root, 'control.sock');
    this.port = path.join(this.root, 'run/port');
    this.tokens = path.join(this.root, 'tokens');
  }

  make(): void {
    makeDirectory(this.root, PASSABLE_MODE);
    makeDirectory(path.dirname(this.apiSocket), PASSABLE_MODE);
    makeDirectory(this.tokens, PRIVATE_MODE);
  }
}

/** With this mode whatever the umask is. */
function makeDirectory(directory: string, mode: number): void {
  fs.mkdirSync(directory, { recursive: true, mode });
  fs.chmodSync(directory, mode);
}
