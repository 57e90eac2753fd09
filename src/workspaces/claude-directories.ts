import fs from 'node:fs';
import path from 'node:path';
import type { HeldDirectory } from './held-directory';
import { NamedDirectories } from './named-directories';

/** What Claude sessions keep of a user, by project: DATA_DIR/claude/users/{userId}/{projectId}. */
export class ClaudeDirectories {
  constructor(private readonly dataDir: string) {}

  /** Of all projects together. Undefined when there is none. */
  find(userId: string): HeldDirectory | undefined {
    return this.exists ? this.users.find(userId) : undefined;
  }

  /** For each user, what has a directory for each of their projects. */
  byUser(): NamedDirectories[] {
    if (!this.exists) return [];
    return this.users.names().map((userId) => new NamedDirectories(this.directory, userId));
  }

  private get exists(): boolean {
    return fs.existsSync(this.directory);
  }

  private get directory(): string {
    return path.join(this.dataDir, 'claude', 'users');
  }

  private get users(): NamedDirectories {
    return new NamedDirectories(path.dirname(this.directory), path.basename(this.directory));
  }
}
