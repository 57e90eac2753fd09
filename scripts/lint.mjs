// `npm run lint`: code style, import rules, formatting. Every check runs, and every problem is shown.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { prepare, root } from './prepare.mjs';

await prepare();
const bin = (name) => path.join(root, 'node_modules/.bin', name);
const checks = [
  ['eslint', ['--max-warnings=0', '.']],
  [
    'depcruise',
    [
      '--config',
      '.dependency-cruiser.cjs',
      'src',
      'config',
      'packages/protocol/src',
      'packages/client/src',
      'packages/console/src',
      'packages/emulator-guard/src',
    ],
  ],
  ['prettier', ['--check', '--log-level=warn', '.']],
];
const failed = checks.filter(
  ([name, args]) => spawnSync(bin(name), args, { cwd: root, stdio: 'inherit' }).status !== 0,
);
for (const [name] of failed) console.error(`${name} found problems.`);
process.exit(failed.length > 0 ? 1 : 0);
