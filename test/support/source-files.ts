import fs from 'node:fs';
import path from 'node:path';
import { ROOT } from './root';

export interface SourceFile {
  /** From the root of the repository. */
  readonly name: string;
  readonly text: string;
}

const SOURCE = /\.(ts|mts|mjs|cjs|js)$/;
const NOT_OURS = new Set(['node_modules', 'dist', 'data']);

/** Our own programs under these directories; nothing generated, nothing installed. */
export function sourceFiles(...directories: string[]): SourceFile[] {
  return directories.flatMap((directory) => [...walk(directory)]);
}

function* walk(directory: string): Generator<SourceFile> {
  for (const entry of fs.readdirSync(path.join(ROOT, directory), { withFileTypes: true })) {
    const name = path.join(directory, entry.name);
    if (entry.isDirectory() && !NOT_OURS.has(entry.name)) yield* walk(name);
    else if (entry.isFile() && SOURCE.test(name)) yield { name, text: fs.readFileSync(path.join(ROOT, name), 'utf8') };
  }
}
