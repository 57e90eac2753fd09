// `npm run test:security`: the attacks of docs/security.md against a real server; `-- --register` only compares their numbers with
// the catalogue. Other arguments go to Jest: npm run test:security -- escapes
import { prepare } from './prepare.mjs';
import { report, runJest } from './run-jest.mjs';
import { reportAttacks } from './report-attacks.mjs';

const args = process.argv.slice(2);
await prepare();
// Last: Jest takes everything behind this option for names of projects.
const result = await runJest([
  ...args.map((arg) => (arg === '--register' ? 'security/register' : arg)),
  '--selectProjects',
  'security',
]);
reportAttacks(result);
report(result);
process.exit(result.status);
