import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readShellMarks } from './shell-marks';
import { shellStartup } from './shell-startup';

const NONCE = 'the-word';
let home: string;

beforeEach(() => (home = fs.mkdtempSync(path.join(os.tmpdir(), 'marks-'))));
afterEach(() => fs.rmSync(home, { recursive: true, force: true }));

/** An interactive login shell with these start-up files, that is given these lines. */
async function bash(
  files: Readonly<Record<string, string>>,
  lines: readonly string[],
  args = ['-l', '-i'],
): Promise<string> {
  for (const [name, content] of Object.entries(files)) fs.writeFileSync(path.join(home, name), content);
  const startup = shellStartup({ program: '/bin/bash', args }, NONCE);
  if (!startup) throw new Error('bash is not known');
  const child = spawn('/bin/bash', [...startup.args], {
    cwd: home,
    env: { HOME: home, PATH: '/usr/bin:/bin', TERM: 'xterm', LANG: 'C.UTF-8', ...startup.env(startup.file) },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stdin.end(`${lines.join('\n')}\nexit\n`);
  await new Promise((ended) => child.once('close', ended));
  return output;
}

const PROFILE = { '.profile': 'PROFILE=read; . ~/.bashrc' };
const commandsOf = (output: string): (readonly [string, number])[] =>
  readShellMarks(output, NONCE).commands.map(({ command, exitCode }) => [command, exitCode]);

it('marks every command with its exit code, and where it was', async () => {
  fs.mkdirSync(path.join(home, 'repository/.git'), { recursive: true });
  fs.writeFileSync(path.join(home, 'repository/.git/HEAD'), 'ref: refs/heads/feature/x\n');
  const output = await bash({}, ['false', 'echo "a;b\\c"', '(exit 3)', 'cd repository', 'true']);
  expect(commandsOf(output)).toEqual([
    ['false', 1],
    ['echo "a;b\\c"', 0],
    ['(exit 3)', 3],
    ['cd repository', 0],
    ['true', 0],
  ]);
  expect(readShellMarks(output, NONCE)).toMatchObject({
    cwd: path.join(home, 'repository'),
    branch: 'feature/x',
    shell: expect.stringMatching(/^bash \d/) as string,
  });
});

it('reads the start-up files of its user, as a login shell and as another', async () => {
  const say = 'echo "profile=$PROFILE rc=$RC login=$(shopt -p login_shell) posix=$(set -o | grep posix)"';
  const login = await bash({ ...PROFILE, '.bashrc': 'RC=read' }, [say]);
  expect(login).toMatch(/profile=read rc=read login=shopt -s login_shell posix=posix\s+off/);
  const other = await bash({ ...PROFILE, '.bashrc': 'RC=read' }, [say], ['-i']);
  expect(other).toMatch(/profile= rc=read login=shopt -u login_shell posix=posix\s+off/);
});

it('leaves nothing of itself in the environment, and the history where it was', async () => {
  const output = await bash({}, ['env', 'echo "history in $HISTFILE"']);
  expect(output).not.toMatch(/^(HOLDFAST_MARKS|ENV|POSIXLY_CORRECT|PS0|PS1|PROMPT_COMMAND)=/m);
  expect(output).toContain(`history in ${home}/.bash_history`);
});

it('leaves prompts, prompt commands, PS0, a DEBUG trap and exit codes as their user wants them', async () => {
  const rc = [
    'PS1="mine:\\$? "',
    'PS0="[begins]"',
    'PROMPT_COMMAND=\'seen="$seen,$?"\'',
    "trap 'traced=yes' DEBUG",
  ].join('\n');
  const output = await bash({ ...PROFILE, '.bashrc': rc }, [
    'false',
    '(exit 7)',
    'echo "seen=$seen traced=$traced"',
    'trap',
  ]);
  expect(output).toContain('seen=,0,1,7 traced=yes');
  expect(output).toContain("trap -- 'traced=yes' DEBUG");
  expect(output).toContain('mine:7 ');
  expect(output).toContain('[begins]');
  expect(commandsOf(output)[1]).toEqual(['(exit 7)', 7]);
});

it('marks a prompt that is made anew each time', async () => {
  const output = await bash({ ...PROFILE, '.bashrc': 'PROMPT_COMMAND=\'PS1="new> "\'' }, ['true', 'true']);
  expect(output.match(/\x1b\]133;A\x07new> \x1b\]133;B\x07/g)).toHaveLength(3); // eslint-disable-line no-control-regex -- marks
});

it.each(['ignorespace', 'ignoreboth', 'ignoreboth:erasedups', ''])(
  'does not tell a command that begins with a space (HISTCONTROL=%s)',
  async (control) => {
    const rc = `HISTCONTROL=${control}`;
    const output = await bash({ ...PROFILE, '.bashrc': rc }, [
      ' export SECRET=one',
      'echo told',
      ' echo SECRET two',
      'true',
    ]);
    expect(commandsOf(output)).toEqual([
      ['echo told', 0],
      ['true', 0],
    ]);
    expect(output.match(/\x1b\]633;E;[^\x07]*SECRET/)).toBeNull(); // eslint-disable-line no-control-regex -- marks
  },
);

it('works under set -eu, and shows nothing of itself where the shell expands no prompts', async () => {
  const strict = await bash({ ...PROFILE, '.bashrc': 'set -u' }, ['set -e', 'true', 'echo still here']);
  expect(strict).toContain('still here');
  expect(commandsOf(strict).at(-1)).toEqual(['echo still here', 0]);
  const plain = await bash({ ...PROFILE, '.bashrc': 'shopt -u promptvars; PS1="> "' }, ['echo one', 'echo two']);
  expect(plain).not.toContain('__hf');
});

it('does not forget a command because its text is long or strange', async () => {
  const output = await bash({}, [`: ${'x'.repeat(5_000)}`, ": $'\\x1b]0;t\\x07' ü 漢", 'for i in 1 2', 'do :', 'done']);
  const [long, strange, loop] = commandsOf(output);
  expect(long?.[0]).toHaveLength(1_000);
  expect(strange?.[0]).toContain('ü 漢');
  expect(loop?.[0]).toMatch(/^for i in 1 2[;\n]\s*do :;\s*done$/);
});

it('is no start-up file of other programs, nor of shells with arguments of their own', () => {
  expect(shellStartup({ program: '/bin/sh', args: ['-l'] }, NONCE)).toBeUndefined();
  expect(shellStartup({ program: '/usr/bin/fish', args: [] }, NONCE)).toBeUndefined();
  expect(shellStartup({ program: '/bin/bash', args: ['-c', 'make'] }, NONCE)).toBeUndefined();
  expect(shellStartup({ program: '/bin/bash', args: ['--norc'] }, NONCE)).toBeUndefined();
});
