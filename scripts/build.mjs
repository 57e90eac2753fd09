// Builds everything that `npm start` and `npm test` run. Instant when nothing changed since the last build.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const stampFile = path.join(root, 'dist/.build-stamp');

/** Everything that goes into a build: a change in any of these files makes a new one. */
const inputs = ['src', 'config', 'migrations', 'scripts', 'test/support', 'packages', 'package.json', '.swcrc'];

/** `npm run chaos` starts and hurts servers as the tests do: test/support is compiled for it. */
const compiled = ['src', 'config', 'migrations', 'scripts', 'test/support'];

function* files(entry) {
  const stat = fs.statSync(entry, { throwIfNoEntry: false });
  if (!stat) return;
  if (!stat.isDirectory()) {
    yield [entry, stat];
    return;
  }
  for (const name of fs.readdirSync(entry).sort()) {
    if (name !== 'dist' && name !== 'node_modules') yield* files(path.join(entry, name));
  }
}

function fingerprint() {
  const hash = createHash('sha256');
  for (const input of inputs) {
    for (const [file, stat] of files(path.join(root, input))) hash.update(`${file}:${stat.size}:${stat.mtimeMs}\n`);
  }
  return hash.digest('hex');
}

function run(command, args) {
  execFileSync(command, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
}

async function bundlePackages() {
  const { build } = await import('esbuild');
  const packages = ['protocol', 'client', 'emulator-guard'].map((name) => ({
    entry: path.join(root, `packages/${name}/src/index.ts`),
    out: path.join(root, `packages/${name}/dist/index`),
  }));
  const options = { bundle: true, target: 'es2022', sourcemap: true, logLevel: 'warning', external: ['@holdfast/*'] };
  await Promise.all(
    packages
      .filter(({ entry }) => fs.existsSync(entry))
      .flatMap(({ entry, out }) => [
        build({ ...options, entryPoints: [entry], outfile: `${out}.cjs`, format: 'cjs' }),
        build({ ...options, entryPoints: [entry], outfile: `${out}.mjs`, format: 'esm' }),
      ]),
  );
}

async function bundleConsole() {
  const script = path.join(root, 'packages/console/build.mjs');
  if (!fs.existsSync(script)) return;
  const { buildConsole } = await import(script);
  await buildConsole(path.join(root, 'dist/console'));
}

/** What shells read, beside the compiled file that names it; readable for the users they run as. */
const SHELL_FILES = ['holdfast.bash', 'zsh/.zshenv'];
const READABLE = 0o644;

function copyShellFiles() {
  for (const name of SHELL_FILES) {
    const [from, to] = ['', 'dist'].map((base) => path.join(root, base, 'src/shell-integration', name));
    fs.mkdirSync(path.dirname(to), { recursive: true });
    fs.copyFileSync(from, to);
    fs.chmodSync(to, READABLE);
  }
}

/** Programs in C by their name in dist/native: the launcher every shell is started through, what seals a strict view, the way out of one without network. */
const NATIVE = {
  launcher: 'src/pty-host/launcher',
  'noexec-mounts': 'src/launchers/strict',
  relay: 'src/launchers/relay',
};

function compileNative() {
  const out = path.join(root, 'dist/native');
  fs.mkdirSync(out, { recursive: true });
  for (const [name, directory] of Object.entries(NATIVE)) compile(directory, path.join(out, name));
}

function compile(directory, program) {
  const sources = fs.readdirSync(path.join(root, directory)).filter((name) => name.endsWith('.c'));
  const compiler = process.env.CC ?? 'cc';
  try {
    run(compiler, [
      '-O2',
      '-Wall',
      '-Wextra',
      '-Werror',
      '-o',
      program,
      ...sources.map((name) => path.join(directory, name)),
    ]);
  } catch (error) {
    if (error.code === 'ENOENT') {
      throw new Error(
        `The C compiler "${compiler}" is missing. Install one (Debian, Ubuntu: apt install build-essential) or name one with CC.`,
        { cause: error },
      );
    }
    throw new Error(`What is in ${directory} did not compile; the compiler said why above.`, { cause: error });
  }
}

/** Returns whether something was built. */
export async function buildAll(say = () => {}) {
  const wanted = fingerprint();
  if (fs.existsSync(stampFile) && fs.readFileSync(stampFile, 'utf8') === wanted) return false;
  say('Building (a few seconds) …');
  await bundlePackages();
  // Old output of deleted sources must not live on; the native launcher and the console are written again below.
  for (const part of compiled) fs.rmSync(path.join(root, 'dist', part), { recursive: true, force: true });
  const sources = compiled.filter((part) => fs.existsSync(path.join(root, part)));
  run(process.execPath, [
    path.join(root, 'node_modules/@swc/cli/bin/swc.js'),
    ...sources,
    '-d',
    'dist',
    '--quiet',
    '--only',
    '**/*.ts',
    '--ignore',
    '**/*.spec.ts',
  ]);
  copyShellFiles();
  compileNative();
  await bundleConsole();
  fs.writeFileSync(stampFile, wanted);
  return true;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  // Not awaited: prepare.mjs imports this module, which has to be complete by then.
  void import('./prepare.mjs').then(({ prepare }) => prepare());
}
