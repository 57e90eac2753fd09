import fc from 'fast-check';
import { sentContext, type TerminalContext } from './suggestion-context';

const shell = 'bash 5.2';
const CONTEXT: TerminalContext = { os: 'Debian 12', shell, cwd: '/srv/app', commands: [], line: '' };

it('is what is known, each field by itself without secrets, so that its JSON is whole', () => {
  const sent = sentContext({
    ...CONTEXT,
    branch: 'main',
    commands: [{ command: 'mysql --password="a b', exitCode: 1 }],
    line: 'curl -H "Authorization: Bearer abc',
    output: ['ERROR 1045: using password: YES', 'token="x'],
  });
  expect(JSON.parse(JSON.stringify(sent))).toEqual({
    os: 'Debian 12',
    shell,
    cwd: '/srv/app',
    branch: 'main',
    recent: [{ cmd: 'mysql --password=[redacted]', exit: 1 }],
    line: 'curl -H "Authorization: [redacted]',
    output: ['ERROR 1045: using password: [redacted]', 'token=[redacted]'],
  });
});

it('has the last eight commands, and none that begins with a space', () => {
  const commands = Array.from({ length: 12 }, (_, n) => ({ command: `command ${n}`, exitCode: n }));
  const hidden = { command: ' secret', exitCode: 0 };
  const sent = sentContext({ ...CONTEXT, commands: [...commands, hidden], line: ' secret too' });
  expect(sent.recent.map(({ cmd }) => cmd)).toEqual(commands.slice(-8).map(({ command }) => command));
  expect(sent.line).toBe('');
});

it('has the last lines of the output, and a key in it as one', () => {
  const key = ['-----BEGIN RSA PRIVATE KEY-----', 'MIIEow', 'AAAA', '-----END RSA PRIVATE KEY-----'];
  const output = [...Array.from({ length: 30 }, (_, n) => `line ${n}`), ...key];
  expect(sentContext({ ...CONTEXT, output }).output?.slice(-2)).toEqual(['line 29', '<pem>']);
  expect(sentContext({ ...CONTEXT, output }).output).toHaveLength(20);
});

it('never holds a secret because it was cut: what is cut has been redacted', () => {
  fc.assert(
    fc.property(fc.integer({ min: 200, max: 320 }), (padding) => {
      const command = `${'x'.repeat(padding)} --password=hunter2hunter2`;
      const sent = sentContext({ ...CONTEXT, commands: [{ command, exitCode: 0 }] });
      expect(sent.recent[0]?.cmd).not.toContain('hunter');
    }),
  );
});

it('holds nothing that a terminal would obey', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
      const sent = sentContext({
        ...CONTEXT,
        cwd: text,
        branch: text,
        commands: [{ command: `x${text}`, exitCode: 0 }],
        line: `x${text}`,
      });
      expect(sent.cwd + sent.branch + sent.line + (sent.recent[0]?.cmd ?? '')).not.toMatch(/\p{Cc}/u);
    }),
  );
});
