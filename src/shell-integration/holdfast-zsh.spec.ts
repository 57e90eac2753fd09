import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readShellMarks } from './shell-marks';
import { shellStartup } from './shell-startup';

const NONCE = 'the-word';
const zsh = (process.env['PATH'] ?? '')
  .split(':')
  .map((directory) => path.join(directory, 'zsh'))
  .find((file) => fs.existsSync(file));
if (zsh === undefined) console.info('The marks of zsh are not tested: zsh is not installed.');

/** An interactive login shell with these start-up files, that is given these lines. */
async function run(
  program: string,
  files: Readonly<Record<string, string>>,
  lines: readonly string[],
): Promise<string> {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'marks-'));
  for (const [name, content] of Object.entries(files)) fs.writeFileSync(path.join(home, name), content);
  const startup = shellStartup({ program, args: ['-l', '-i'] }, NONCE);
  if (!startup) throw new Error('zsh is not known');
  const child = spawn(program, [...startup.args], {
    cwd: home,
    env: { HOME: home, PATH: '/usr/bin:/bin', TERM: 'dumb', LANG: 'C.UTF-8', ...startup.env(startup.file) },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stdin.end(`${lines.join('\n')}\nexit\n`);
  await new Promise((ended) => child.once('close', ended));
  fs.rmSync(home, { recursive: true, force: true });
  return output;
}

const itWithZsh = zsh === undefined ? it.skip : it;

itWithZsh('zsh marks its commands, and reads every start-up file of its user', async () => {
  const files = {
    '.zshenv': 'ENVFILE=read',
    '.zprofile': 'PROFILE=read',
    '.zshrc': 'RC=read; PS1="mine: "; precmd() { seen="$seen,$?" }',
    '.zlogin': 'LOGIN=read',
  };
  const say = 'echo "$ENVFILE $PROFILE $RC $LOGIN [${ZDOTDIR-}${HOLDFAST_MARKS-}] seen=$seen"';
  const output = await run(zsh ?? '', files, ['false', say, ' echo hidden', 'echo "a;b"']);
  expect(output).toContain('read read read read [] seen=,0,1');
  expect(output).toContain('\x1b]133;A\x07mine: \x1b]133;B\x07');
  const { commands, shell } = readShellMarks(output, NONCE);
  expect(commands.map(({ command, exitCode }) => [command, exitCode])).toEqual([
    ['false', 1],
    [say, 0],
    ['echo "a;b"', 0],
  ]);
  expect(shell).toMatch(/^zsh \d/);
});
