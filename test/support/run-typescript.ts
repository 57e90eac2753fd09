import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { ROOT } from './root';

/** Inside node_modules, so that the bundle finds packages where the source does. */
const CACHE = path.join(ROOT, 'node_modules/.cache/holdfast/bundles');

/** Makes one file of a TypeScript file without decorators and what it imports; answers where it is. */
export function bundleTypeScript(file: string): string {
  fs.mkdirSync(CACHE, { recursive: true });
  const outfile = path.join(CACHE, `${createHash('sha256').update(file).digest('hex').slice(0, 12)}.cjs`);
  const options = ['--bundle', '--platform=node', '--packages=external', '--log-level=error', `--outfile=${outfile}`];
  execFileSync(path.join(ROOT, 'node_modules/.bin/esbuild'), [file, ...options]);
  return outfile;
}

/** Runs what `bundleTypeScript` made in a process of its own, for tests that kill it. */
export function runBundle(bundle: string, args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [bundle, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
}

export function runTypeScript(file: string, args: readonly string[]): ChildProcess {
  return runBundle(bundleTypeScript(file), args);
}
