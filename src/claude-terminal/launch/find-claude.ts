import fs from 'node:fs';
import path from 'node:path';

const NAME = 'claude';
/** What the npm package brings for this machine; its `bin/claude` is only a link to it, where install scripts may run. */
const PACKAGE = `@anthropic-ai/claude-code-${process.platform}-${process.arch}`;
const OTHERS_MAY_READ_AND_RUN = 0o005;
const OTHERS_MAY_PASS = 0o001;

export interface ClaudeSearch {
  /** CLAUDE_BIN. */
  readonly program?: string;
  /** PATH of the server. */
  readonly searchPath: string;
  /** Directories that may hold packages. */
  readonly modules: readonly string[];
}

/** Where the CLI could be, best first. What CLAUDE_BIN names is that one or none. */
export function claudeCandidates({ program, searchPath, modules }: ClaudeSearch): string[] {
  if (program !== undefined) return [program];
  return [
    ...searchPath
      .split(path.delimiter)
      .filter((directory) => path.isAbsolute(directory))
      .map((directory) => path.join(directory, NAME)),
    ...modules.map((directory) => path.join(directory, PACKAGE, NAME)),
  ];
}

/** The canonical path of the first one that can be executed. */
export function findClaude(search: ClaudeSearch): string | undefined {
  for (const candidate of claudeCandidates(search)) {
    try {
      const file = fs.realpathSync(candidate);
      fs.accessSync(file, fs.constants.X_OK);
      if (fs.statSync(file).isFile()) return file;
    } catch {
      // Not here.
    }
  }
  return undefined;
}

/** What keeps other users of the machine from running it: the file itself, or a directory above it. */
export function closedToOthers(file: string): string | undefined {
  if (!allows(file, OTHERS_MAY_READ_AND_RUN)) return file;
  for (let at = path.dirname(file); ; at = path.dirname(at)) {
    if (!allows(at, OTHERS_MAY_PASS)) return at;
    if (at === '/') return undefined;
  }
}

function allows(file: string, mode: number): boolean {
  return (fs.statSync(file).mode & mode) === mode;
}
