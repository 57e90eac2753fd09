// `npm run model`: verifies test/model/resume.pml with Spin in small configurations, and that planted mistakes are found.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fail, root } from './prepare.mjs';

/** A verification that needs more is too large for this machine; it is said, not waited for. */
const TIME_LIMIT_MS = 300_000;
const MEMORY_LIMIT_MB = 4_000;
const MAX_DEPTH = 6_000_000;

const SAFETY = { compile: ['-DSAFETY', '-DNOCLAIM'], run: [] };
const LIVENESS = { compile: ['-DNFAIR=4'], run: ['-a', '-f', '-N', 'live'] };
const CONFIGURATIONS = [
  { what: 'cuts', check: SAFETY, defines: { N: 2, M: 1, CRASH: 0 } },
  { what: 'cuts', check: SAFETY, defines: { N: 1, M: 2, CRASH: 0 } },
  { what: 'cuts, one SIGKILL', check: SAFETY, defines: { N: 1, M: 1, CRASH: 1 } },
  { what: 'cuts, one SIGKILL', check: SAFETY, defines: { N: 1, M: 2, CRASH: 1 } },
  { what: 'cuts, a dropped frame', check: SAFETY, defines: { N: 1, M: 2, CRASH: 0, DROP: 1 } },
  { what: 'always ends', check: LIVENESS, defines: { N: 1, M: 1, CRASH: 1 } },
  { what: 'bug: types again what it has', check: SAFETY, defines: { BUG: 1, CRASH: 0 }, mustFail: true },
  { what: 'bug: delivers over a gap', check: SAFETY, defines: { BUG: 2, CRASH: 0, DROP: 1 }, mustFail: true },
  { what: 'bug: forgets input on send', check: SAFETY, defines: { BUG: 3, CRASH: 0 }, mustFail: true },
  { what: 'bug: commits before the write', check: SAFETY, defines: { BUG: 4, CRASH: 1 }, mustFail: true },
];

const compiler = ['gcc', 'clang', 'cc'].find(available);
if (!available('spin') || !compiler) {
  fail('The model needs spin and a C compiler (Debian: apt-get install spin gcc).');
}
const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'holdfast-model-'));
let wrong = 0;
try {
  console.log('| checked | configuration | states | seconds | found | ok |\n|---|---|---|---|---|---|');
  for (const configuration of CONFIGURATIONS) if (!verify(configuration)) wrong += 1;
} finally {
  fs.rmSync(directory, { recursive: true, force: true });
}
process.exit(wrong === 0 ? 0 : 1);

function available(program) {
  return spawnSync(program, [program === 'spin' ? '-V' : '--version'], { stdio: 'ignore' }).status === 0;
}

function verify({ what, check, defines, mustFail = false }) {
  const values = Object.entries(defines).map(([name, value]) => `-D${name}=${value}`);
  run('spin', [...values, '-a', path.join(root, 'test/model/resume.pml')]);
  const memory = ['-DCOLLAPSE', '-DVECTORSZ=2048', `-DMEMLIM=${MEMORY_LIMIT_MB}`];
  run(compiler, ['-O2', '-w', ...check.compile, ...memory, '-o', 'pan', 'pan.c']);
  const startedAt = performance.now();
  const { stdout } = spawnSync('./pan', [...check.run, `-m${MAX_DEPTH}`], {
    cwd: directory,
    encoding: 'utf8',
    timeout: TIME_LIMIT_MS,
    maxBuffer: 64 * 1024 * 1024,
  });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const errors = /errors: (\d+)/.exec(stdout)?.[1];
  const states = Number(/([\d.e+]+) states, stored/.exec(stdout)?.[1] ?? 0).toLocaleString('en');
  const complete = errors !== undefined && !/out of memory|max search depth too small/.test(stdout);
  const found = errors === undefined ? 'not finished' : errors === '0' ? 'nothing' : 'a violation';
  const ok = mustFail ? errors !== undefined && errors !== '0' : complete && errors === '0';
  console.log(`| ${what} | ${values.join(' ')} | ${states} | ${seconds} | ${found} | ${ok ? 'yes' : 'NO'} |`);
  return ok;
}

function run(program, args) {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: directory, encoding: 'utf8' });
  if (status !== 0) fail(`${program} failed:\n${stdout}${stderr}`);
}
