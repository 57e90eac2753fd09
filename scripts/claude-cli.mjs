// The Claude Code CLI for tests: Anthropic's package, which is never a dependency of this project and never redistributed with it.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { root } from './prepare.mjs';

const PACKAGE = '@anthropic-ai/claude-code';
/** What the tests were written with, and what they are known to pass with; the first is installed. */
const TESTED = '2.1.329';
const SUPPORTED = { from: [2, 1, 300], before: [2, 2, 0] };
const directory = path.join(root, 'node_modules/.cache/holdfast/claude');
/** 377 MB, over a slow line. */
const INSTALL_TIMEOUT_MS = 8 * 60_000;

/** `{ file, version }` of a CLI that can be used, or `{ missing }` with the reason. CLAUDE_BIN names another one. */
export function findOrInstall(say = console.log) {
  const named = process.env.CLAUDE_BIN;
  if (named) return checked(named);
  if (!fs.existsSync(binary())) {
    say(`Installing ${PACKAGE} ${TESTED} under node_modules/.cache/holdfast/claude (377 MB, once) …`);
    const problem = install();
    if (problem) return { missing: problem };
  }
  return checked(binary());
}

function binary() {
  const platform = `${PACKAGE}-${process.platform}-${process.arch}`;
  return path.join(directory, 'node_modules', platform, 'claude');
}

function install() {
  fs.mkdirSync(directory, { recursive: true });
  fs.writeFileSync(path.join(directory, 'package.json'), '{ "private": true }\n');
  const args = ['install', `${PACKAGE}@${TESTED}`, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const options = { cwd: directory, encoding: 'utf8', timeout: INSTALL_TIMEOUT_MS };
  const { status, stderr, error } = spawnSync('npm', args, options);
  if (status === 0 && fs.existsSync(binary())) return undefined;
  const lines = (stderr ?? '').split('\n').filter((line) => line !== '' && !line.startsWith('npm warn'));
  const why = error?.message ?? lines[0] ?? `it has no program for ${process.platform} on ${process.arch}`;
  return `npm could not install ${PACKAGE} ${TESTED} (${why})`;
}

function checked(file) {
  const { status, stdout, error } = spawnSync(file, ['--version'], { encoding: 'utf8', timeout: 30_000 });
  const version = /^(\d+)\.(\d+)\.(\d+)/.exec(stdout ?? '');
  if (status !== 0 || !version)
    return { missing: `${file} --version fails: ${error?.message ?? `exit code ${status}`}` };
  const numbers = version.slice(1).map(Number);
  const isSupported = compare(numbers, SUPPORTED.from) >= 0 && compare(numbers, SUPPORTED.before) < 0;
  const range = `from ${SUPPORTED.from.join('.')} to before ${SUPPORTED.before.join('.')}`;
  if (!isSupported) return { missing: `${file} is version ${version[0]}; these tests are for versions ${range}` };
  return { file, version: version[0] };
}

function compare(a, b) {
  const differs = a.findIndex((number, i) => number !== b[i]);
  return differs === -1 ? 0 : a[differs] - b[differs];
}
