// `npm test`: makes what is missing, then runs every test but those with the real Claude CLI (`npm run test:claude`). Arguments go to
// Jest: npm test -- --selectProjects unit
import { prepare } from './prepare.mjs';
import { report, runJest } from './run-jest.mjs';
import { reportAttacks } from './report-attacks.mjs';

await prepare();
// Last: Jest takes everything behind this option for names of projects.
const result = await runJest([...process.argv.slice(2), '--ignoreProjects', 'claude']);
reportAttacks(result);
report(result);
process.exit(result.status);
