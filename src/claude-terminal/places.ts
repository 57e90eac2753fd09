import fs from 'node:fs';
import path from 'node:path';

/** Other users pass through to what is theirs, and see nothing else. Only a server that is root has other users. */
const PASSABLE = 0o711;
const PRIVATE = 0o700;

/** Of one user in one project; all absolute. */
export interface ClaudeUserPlaces {
  readonly home: string;
  /** CLAUDE_CONFIG_DIR: settings, conversations (`projects/{directory}/{conversation}.jsonl`). */
  readonly config: string;
  readonly tmp: string;
}

/** Where what belongs to Claude sessions is, in DATA_DIR/claude; what the API gateway has there is in `src/claude-api`. */
export class ClaudePlaces {
  readonly directory: string;
  readonly records: string;
  /** Of everybody. */
  readonly users: string;

  constructor(dataDir: string) {
    this.directory = path.join(dataDir, 'claude');
    this.records = path.join(this.directory, 'records');
    this.users = path.join(this.directory, 'users');
  }

  of(userId: string, projectId: string): ClaudeUserPlaces {
    const own = path.join(this.users, userId, projectId);
    return { home: path.join(own, 'home'), config: path.join(own, 'config'), tmp: path.join(own, 'tmp') };
  }

  /**
   * Where the CLI of a session in a sandbox says what it does (`{pid}.json`). A directory of its own for each session, because pids in
   * there are the same in all of them; without a sandbox it is `sessions` in the configuration.
   */
  live(userId: string, projectId: string, sessionId: string): string {
    return path.join(this.users, userId, projectId, 'live', sessionId);
  }

  /** Makes what has to be there before anything else, with the right modes, whoever comes first. */
  make(): void {
    const passable = process.getuid?.() === 0 ? PASSABLE : PRIVATE;
    for (const directory of [this.directory, this.users]) makeDirectory(directory, passable);
    makeDirectory(this.records, PRIVATE);
  }
}

function makeDirectory(directory: string, mode: number): void {
  fs.mkdirSync(directory, { recursive: true, mode });
  fs.chmodSync(directory, mode);
}
