// `npm start`: makes what is missing, then runs the supervisor in this process.
import path from 'node:path';
import { createRequire } from 'node:module';
import { prepare, root } from './prepare.mjs';

await prepare();
createRequire(import.meta.url)(path.join(root, 'dist/src/supervisor/main.js'));
