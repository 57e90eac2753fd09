// `npm run test:claude`: Claude sessions with the real CLI against a fake of the API, in suites of test/claude. Installs the CLI when it is to
// be had; otherwise says why not, and skips them. Arguments go to Jest: npm run test:claude -- permissions
import { findOrInstall } from './claude-cli.mjs';
import { prepare } from './prepare.mjs';
import { report, runJest } from './run-jest.mjs';

await prepare();
const claude = findOrInstall();
if (claude.missing) {
  console.log(`The suites with the real Claude CLI are skipped: ${claude.missing}.`);
  process.env.HOLDFAST_TEST_CLAUDE_MISSING = claude.missing;
} else {
  console.log(`Claude CLI ${claude.version}: ${claude.file}`);
  process.env.HOLDFAST_TEST_CLAUDE = claude.file;
}
// Last: Jest takes everything behind this option for names of projects.
const result = await runJest([...process.argv.slice(2), '--selectProjects', 'claude']);
report(result);
process.exit(result.status);
