import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { ROOT } from '../root';
import { itWhere } from '../where';

const CACHE = path.join(ROOT, 'node_modules/.cache/holdfast');
const STUB = path.join(ROOT, 'test/support/claude/stub-claude.mjs');

/** A program that behaves like the Claude Code CLI, or why there is none. */
export type ClaudeProgram = { readonly file: string } | { readonly missing: string };

/** The stub as one file, as the CLI is one: a sandbox that shows only this file shows all of it. */
export function stubClaude(): string {
  const file = path.join(CACHE, 'stub-claude', 'claude');
  const fresh = `${file}.${process.pid}.mjs`;
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const options = ['--bundle', '--platform=node', '--format=esm', '--log-level=error', `--outfile=${fresh}`];
  execFileSync(path.join(ROOT, 'node_modules/.bin/esbuild'), [STUB, ...options]);
  fs.chmodSync(fresh, 0o755);
  // Several suites do this at once, and a program that runs is not written over.
  fs.renameSync(fresh, `${file}.mjs`);
  return `${file}.mjs`;
}

/** What `npm run test:claude` installed, or why it did not. */
export function realClaude(): ClaudeProgram {
  const { HOLDFAST_TEST_CLAUDE: file, HOLDFAST_TEST_CLAUDE_MISSING: missing } = process.env;
  if (file !== undefined) return { file };
  return { missing: missing ?? 'the real CLI is only installed by npm run test:claude' };
}

/** A suite with the real CLI; without it, a test that is skipped and says why. */
export function describeWithClaude(title: string, suite: (file: string) => void): void {
  const program = realClaude();
  if ('file' in program) describe(title, () => suite(program.file));
  else itWhere(program.missing)(title, () => Promise.resolve());
}
