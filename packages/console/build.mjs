// Bundles the console into static files that a strict content policy allows: no inline script, every name with its hash.
import fs from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const source = (name) => path.resolve(here, `../${name}/src/index.ts`);

export async function buildConsole(outDir) {
  const { build } = await import('esbuild');
  await fs.rm(outDir, { recursive: true, force: true });
  const { metafile } = await build({
    entryPoints: { console: path.join(here, 'src/main.ts'), favicon: path.join(here, 'src/favicon.svg') },
    outdir: path.join(outDir, 'assets'),
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    assetNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    target: ['es2022', 'chrome111', 'firefox115', 'safari16.4'],
    minify: true,
    legalComments: 'linked',
    loader: { '.svg': 'copy' },
    // From source, so that the console needs no other package to be built before it.
    alias: {
      '@holdfast/client': source('client'),
      '@holdfast/protocol': source('protocol'),
      '@holdfast/emulator-guard': source('emulator-guard'),
    },
    metafile: true,
    absWorkingDir: here,
    logLevel: 'warning',
  });
  await fs.writeFile(path.join(outDir, 'index.html'), await page(metafile, outDir));
}

async function page(metafile, outDir) {
  const outputs = Object.entries(metafile.outputs);
  const url = (file) => `/${path.relative(outDir, path.resolve(here, file)).split(path.sep).join('/')}`;
  const [script, main] = outputs.find(([, output]) => output.entryPoint === 'src/main.ts');
  const [icon] = outputs.find(([file]) => file.endsWith('.svg'));
  const template = await fs.readFile(path.join(here, 'src/index.html'), 'utf8');
  return template
    .replace('{{script}}', url(script))
    .replace('{{style}}', url(main.cssBundle))
    .replace('{{icon}}', url(icon));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildConsole(path.resolve(process.argv[2] ?? path.join(here, '../../dist/console')));
}
