// Runs Jest with real servers in mind, and gives back what became of each test.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { root } from './prepare.mjs';

/**
 * Real servers, browsers and shells run beside the tests, so that many workers only make them wait for each other; but the longest suites
 * mostly wait for something to come back, and one more makes use of that.
 */
const workers = Math.min(4, os.availableParallelism() + 1);

/** `summary` is Jest's report; absent when it did not come to run any test. */
export async function runJest(args) {
  const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
  const file = path.join(os.tmpdir(), `holdfast-tests-${process.pid}.json`);
  const all = [jest, `--maxWorkers=${workers}`, '--json', `--outputFile=${file}`, ...args];
  // --json prints the report on standard output; people read what Jest writes to standard error.
  const child = spawn(process.execPath, all, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  const status = await new Promise((resolve) => child.on('exit', (code) => resolve(code ?? 1)));
  if (!fs.existsSync(file)) return { status };
  const summary = JSON.parse(fs.readFileSync(file, 'utf8'));
  fs.rmSync(file, { force: true });
  return { status, summary };
}

/** The line that says at one glance how it went, and why tests were skipped. */
export function report({ summary }) {
  if (!summary) return;
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, numRuntimeErrorTestSuites, testResults } =
    summary;
  for (const { assertionResults } of testResults) {
    for (const { status, fullName } of assertionResults) if (status === 'pending') console.log(`skipped: ${fullName}`);
  }
  console.log(
    `${numPassedTests} passed, ${numFailedTests + numRuntimeErrorTestSuites} failed, ${numPendingTests + numTodoTests} skipped`,
  );
}
