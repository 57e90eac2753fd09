// `npm test`: makes what is missing, then runs every test. Arguments go to Jest: npm test -- --selectProjects unit
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { prepare, root } from './prepare.mjs';

await prepare();
const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
const summaryFile = path.join(os.tmpdir(), `holdfast-tests-${process.pid}.json`);
// Real servers, browsers and shells run beside the tests: more workers than this only make them wait for each other.
const workers = Math.max(1, Math.min(4, os.availableParallelism()));
const args = [jest, `--maxWorkers=${workers}`, '--json', `--outputFile=${summaryFile}`, ...process.argv.slice(2)];
// --json prints the report on standard output; people read what Jest writes to standard error.
const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
const status = await new Promise((resolve) => child.on('exit', (code) => resolve(code ?? 1)));
report();
process.exit(status);

/** The line that says at one glance how it went, and why tests were skipped. */
function report() {
  if (!fs.existsSync(summaryFile)) return;
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, numRuntimeErrorTestSuites, testResults } =
    JSON.parse(fs.readFileSync(summaryFile, 'utf8'));
  fs.rmSync(summaryFile, { force: true });
  for (const { assertionResults } of testResults) {
    for (const { status: outcome, fullName } of assertionResults)
      if (outcome === 'pending') console.log(`skipped: ${fullName}`);
  }
  console.log(
    `${numPassedTests} passed, ${numFailedTests + numRuntimeErrorTestSuites} failed, ${numPendingTests + numTodoTests} skipped`,
  );
}
