import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

/** The CLI writes a few hundred bytes. */
const MAX_BYTES = 16 * 1024;
/** Of one user in one project: each is a CLI that lives, or was killed. */
const MAX_FILES = 64;
/** Neither through a link nor waiting for somebody to write into a pipe: whoever is in the sandbox may put anything here. */
const FLAGS = fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK;

const contentSchema = z.object({
  sessionId: z.uuid(),
  status: z.enum(['idle', 'busy', 'waiting']),
});

/** What a CLI says of itself in its own file. */
export interface SessionFile extends z.output<typeof contentSchema> {
  /** When it was written; Unix milliseconds. */
  readonly at: number;
}

/** All of a directory, newest first. None, when there is no such directory. */
export function readSessionFiles(directory: string): SessionFile[] {
  return namesIn(directory)
    .flatMap((name) => readSessionFile(path.join(directory, name)) ?? [])
    .sort((a, b) => b.at - a.at);
}

function namesIn(directory: string): string[] {
  try {
    if (!fs.lstatSync(directory).isDirectory()) return [];
    return fs
      .readdirSync(directory)
      .filter((name) => /^\d+\.json$/.test(name))
      .slice(0, MAX_FILES);
  } catch {
    return [];
  }
}

function readSessionFile(file: string): SessionFile | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = fs.openSync(file, FLAGS);
    const stat = fs.fstatSync(descriptor);
    if (!stat.isFile() || stat.size > MAX_BYTES) return undefined;
    const { data } = contentSchema.safeParse(JSON.parse(fs.readFileSync(descriptor, 'utf8')));
    return data && { ...data, at: stat.mtimeMs };
  } catch {
    // Gone meanwhile, half written, or not what it is called.
    return undefined;
  } finally {
    if (descriptor !== undefined) fs.closeSync(descriptor);
  }
}
