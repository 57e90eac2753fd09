import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { errorCode } from '../../infrastructure/startup-error';
import { HeldDirectory } from '../../workspaces/held-directory';
import { TurnPace } from '../../workspaces/pace';
import { removeTree } from '../../workspaces/remove-tree';

/** Where the CLI keeps transcripts: one directory for each working directory. */
const PROJECTS = 'projects';
/** One user, one project: the CLI makes a directory for each working directory it is started in. */
const MAX_DIRECTORIES = 1_000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * What the CLI writes of conversations into its configuration directory. Who works in a session may put there what he likes: nothing of
 * it is read, and no link is followed.
 */
export class ConversationFiles {
  constructor(private readonly configDirectory: string) {}

  /** Whether the CLI has anything to resume; it writes the first line with the first prompt. */
  has(conversationId: string): boolean {
    if (!UUID.test(conversationId)) return false;
    for (const directory of this.directories()) if (isFile(directory, transcriptOf(conversationId))) return true;
    return false;
  }

  /** Everything of a conversation; what is not there is not missed. */
  async remove(conversationId: string): Promise<void> {
    if (!UUID.test(conversationId)) return;
    for (const directory of this.directories()) {
      fs.rmSync(directory.at(transcriptOf(conversationId)), { force: true });
      // Of its subagents and their tools.
      await removeTree(directory, conversationId, new TurnPace(), randomUUID);
    }
  }

  /** Each is disposed of when the next one is asked for. */
  private *directories(): Generator<HeldDirectory> {
    const projects = this.open();
    if (!projects) return;
    try {
      for (const name of fs.readdirSync(projects.self, 'latin1').slice(0, MAX_DIRECTORIES)) {
        const directory = enter(projects, name);
        if (!directory) continue;
        try {
          yield directory;
        } finally {
          directory.dispose();
        }
      }
    } finally {
      projects.dispose();
    }
  }

  private open(): HeldDirectory | undefined {
    let config: HeldDirectory;
    try {
      config = HeldDirectory.open(this.configDirectory);
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw error;
    }
    try {
      return enter(config, PROJECTS);
    } finally {
      config.dispose();
    }
  }
}

function transcriptOf(conversationId: string): string {
  return `${conversationId}.jsonl`;
}

function isFile(directory: HeldDirectory, name: string): boolean {
  return fs.lstatSync(directory.at(name), { throwIfNoEntry: false })?.isFile() ?? false;
}

/** Undefined for what is no directory, also for a link to one. */
function enter(directory: HeldDirectory, name: string): HeldDirectory | undefined {
  try {
    return directory.enter(name);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'EINVAL'].includes(errorCode(error) ?? '')) return undefined;
    throw error;
  }
}
