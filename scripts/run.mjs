// Runs one of the compiled scripts: node scripts/run.mjs scripts/NAME [ARG …]
import path from 'node:path';
import { createRequire } from 'node:module';
import { fail, prepare, root } from './prepare.mjs';

const [script, ...rest] = process.argv.slice(2);
if (!script) fail('usage: node scripts/run.mjs scripts/NAME [ARG …]');
await prepare();
const file = path.join(root, 'dist', `${script.replace(/\.ts$/, '')}.js`);
process.argv = [process.argv[0], file, ...rest];
createRequire(import.meta.url)(file);
