import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { ROOT } from './root';

/** Inside node_modules, so that the bundle finds packages where the source does. */
const CACHE = path.join(ROOT, 'node_modules/.cache/holdfast/bundles');

/** Runs a TypeScript file without decorators in a process of its own, for tests that kill it. */
export function runTypeScript(file: string, args: readonly string[]): ChildProcess {
  fs.mkdirSync(CACHE, { recursive: true });
  const outfile = path.join(CACHE, `${createHash('sha256').update(file).digest('hex').slice(0, 12)}.cjs`);
  const options = ['--bundle', '--platform=node', '--packages=external', '--log-level=error', `--outfile=${outfile}`];
  execFileSync(path.join(ROOT, 'node_modules/.bin/esbuild'), [file, ...options]);
  return spawn(process.execPath, [outfile, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
}
