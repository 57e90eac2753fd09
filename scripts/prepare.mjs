// Makes what a fresh clone lacks: checks the machine, installs dependencies, builds. Instant when nothing is missing.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const MINIMUM_NODE = [20, 19];
const installedStamp = path.join(root, 'node_modules/.holdfast-installed');

/** One sentence for the person at the keyboard, and exit code 1. */
export function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}

export async function prepare(say = console.log) {
  checkNode();
  installDependencies(say);
  const { buildAll } = await import('./build.mjs');
  try {
    await buildAll(say);
  } catch (error) {
    fail(error.message);
  }
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [needMajor, needMinor] = MINIMUM_NODE;
  if (major < needMajor || (major === needMajor && minor < needMinor)) {
    fail(`Holdfast needs Node ${MINIMUM_NODE.join('.')} or newer; this is ${process.versions.node}.`);
  }
  if (process.platform !== 'linux') fail(`Holdfast runs on Linux (x64 or arm64); this is ${process.platform}.`);
}

function installDependencies(say) {
  const wanted =
    createHash('sha256')
      .update(fs.readFileSync(path.join(root, 'package-lock.json')))
      .digest('hex') + process.versions.modules;
  if (fs.existsSync(installedStamp) && fs.readFileSync(installedStamp, 'utf8') === wanted) return;
  if (fs.lstatSync(path.join(root, 'node_modules'), { throwIfNoEntry: false })?.isSymbolicLink()) {
    fail('node_modules is a link, and npm would empty what it points to. Remove the link, or install there first.');
  }
  requireCompiler();
  say('Installing dependencies (about a minute the first time) …');
  npm('ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error');
  npm('rebuild', '--loglevel=error', ...scriptsAllowed());
  fs.writeFileSync(installedStamp, wanted);
}

function npm(...args) {
  const env = { ...process.env, ...nodeHeaders() };
  const result = spawnSync('npm', args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'], env });
  if (result.status !== 0) fail('The dependencies could not be installed; npm said why above.');
}

/** Installed packages that may run a script of their own; no other one does. npm before 11 does not read `allowScripts` itself. */
function scriptsAllowed() {
  const { allowScripts } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  return Object.keys(allowScripts).filter(
    (name) => allowScripts[name] && fs.existsSync(path.join(root, 'node_modules', name)),
  );
}

/** node-pty is compiled on the machine: it ships no binary for Linux. */
function requireCompiler() {
  const tools = [
    ['a C compiler', process.env.CC ?? 'cc'],
    ['a C++ compiler', process.env.CXX ?? 'c++'],
    ['make', 'make'],
    ['Python 3', 'python3'],
  ];
  const absent = tools
    .filter(([, program]) => spawnSync(program, ['--version'], { stdio: 'ignore' }).error)
    .map(([name]) => name);
  if (absent.length > 0) {
    const missing = new Intl.ListFormat('en').format(absent);
    fail(
      `To compile the terminal module, ${missing} must be installed (Debian, Ubuntu: apt install build-essential python3).`,
    );
  }
}

/** node-gyp downloads Node's headers unless it is told that they are here. */
function nodeHeaders() {
  const prefix = path.dirname(path.dirname(fs.realpathSync(process.execPath)));
  return fs.existsSync(path.join(prefix, 'include/node/node.h')) ? { npm_config_nodedir: prefix } : {};
}
