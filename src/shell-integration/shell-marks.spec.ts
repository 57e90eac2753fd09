import fc from 'fast-check';
import { readShellMarks } from './shell-marks';

const NONCE = 'a-nonce_of_this_shell0';
const prompt = (cwd: string): string => `\x1b]633;P;Cwd=${cwd};${NONCE}\x07\x1b]133;A\x07$ \x1b]133;B\x07`;
const began = `\x1b]133;C;aid=${NONCE}\x07`;
const named = (command: string): string => `\x1b]633;E;${command};${NONCE}\x07`;
const ended = (code: number): string => `\x1b]133;D;${code};aid=${NONCE}\x1b\\`;

it('knows the commands of a shell with their exit codes, where it is, and that it waits', () => {
  const text = `${prompt('/srv')}${began}out\r\n${named('make \\\\ all\\x3b ls')}${ended(2)}${prompt('/srv/app')}`;
  const state = readShellMarks(text, NONCE);
  expect(state).toMatchObject({ cwd: '/srv/app', atPrompt: true });
  expect(state.commands).toEqual([
    {
      command: 'make \\ all; ls',
      exitCode: 2,
      output: { from: expect.any(Number) as number, to: expect.any(Number) as number },
    },
  ]);
  const { from = 0, to } = state.commands[0]?.output ?? {};
  expect(text.slice(from, to)).toContain('out\r\n');
});

it('knows that a command still runs', () => {
  expect(readShellMarks(`${prompt('/')}${began}half`, NONCE).atPrompt).toBe(false);
});

it('says nothing of a shell without marks', () => {
  expect(readShellMarks('$ ls\r\n\x1b]0;title\x07', NONCE)).toEqual({ commands: [], atPrompt: undefined });
});

it.each([
  ['without a word', `\x1b]633;E;evil\x07\x1b]133;C\x07\x1b]133;D;0\x07\x1b]633;P;Cwd=/evil\x07`],
  [
    'with another word',
    `\x1b]633;E;evil;guess\x07\x1b]133;C;aid=guess\x07\x1b]133;D;0;aid=guess\x07\x1b]633;P;Cwd=/evil;guess\x07`,
  ],
  ['with an empty word', `\x1b]633;E;evil;\x07\x1b]133;C;aid=\x07\x1b]133;D;0;aid=\x07\x1b]633;P;Cwd=/evil;\x07`],
])('ignores marks of programs %s', (_, forged) => {
  const state = readShellMarks(
    `${prompt('/srv')}${began}${forged}${named('cat file')}${ended(1)}${prompt('/srv')}${forged}`,
    NONCE,
  );
  expect(state.cwd).toBe('/srv');
  expect(state.commands.map(({ command, exitCode }) => [command, exitCode])).toEqual([['cat file', 1]]);
});

it('does not believe a program that says it has ended', () => {
  expect(readShellMarks(`${prompt('/')}${began}\x1b]133;D;0\x07\x1b]133;A\x07Password: `, NONCE).atPrompt).toBe(false);
});

it('does not name a command that its user kept out of the history', () => {
  expect(readShellMarks(`${prompt('/')}${began}${ended(0)}${prompt('/')}`, NONCE).commands).toEqual([]);
});

it('makes nothing that a terminal would obey out of what is in a mark', () => {
  expect(readShellMarks(named('a \\x1b[31m \\x0a b') + ended(0), NONCE).commands[0]?.command).toBe('a [31m \n b');
});

it('takes no mark of a forger for its own, whatever surrounds it', () => {
  const parts = fc.constantFrom(
    '\x1b]633;E;x;',
    '\x1b]133;D;0;aid=',
    '\x1b]133;C;aid=',
    'guess',
    '\x07',
    '\x1b\\',
    '\x1b',
    ';',
    'text',
    '\n',
  );
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 30 }), (noise) => {
      const state = readShellMarks(noise.join(''), NONCE);
      expect(state).toEqual({ commands: [], atPrompt: undefined });
    }),
  );
});
