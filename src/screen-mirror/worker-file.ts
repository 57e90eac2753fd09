import { existsSync, mkdtempSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let bundled: string | undefined;

/**
 * The worker's JavaScript: compiled beside this file in a build. Sources that run unbuilt, in tests, bundle it once for
 * each process with esbuild, a development dependency.
 */
export function workerFile(): string {
  const compiled = join(__dirname, 'worker', 'main.js');
  return existsSync(compiled) ? compiled : (bundled ??= bundle(join(__dirname, 'worker', 'main.ts')));
}

function bundle(entry: string): string {
  const { buildSync } = createRequire(__filename)('esbuild') as typeof import('esbuild');
  const outfile = join(mkdtempSync(join(tmpdir(), 'holdfast-screen-mirror-')), 'main.js');
  // From source, so that no package has to be built before.
  const alias = { '@holdfast/emulator-guard': join(__dirname, '../../packages/emulator-guard/src/index.ts') };
  buildSync({ entryPoints: [entry], outfile, bundle: true, platform: 'node', format: 'cjs', logLevel: 'error', alias });
  return outfile;
}
