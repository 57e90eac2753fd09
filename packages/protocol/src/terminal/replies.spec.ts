import { isTerminalReply, isTerminalReplyBytes } from './replies';

describe('what an emulator says by itself', () => {
  it.each([
    ['\x1b[12;40R', 'the cursor position'],
    ['\x1b[?1;2c', 'the device attributes'],
    ['\x1b[>0;276;0c', 'the secondary device attributes'],
    ['\x1b[0n', 'that it is well'],
    ['\x1b[?2004;1$y', 'a mode'],
    ['\x1b]11;rgb:1010/1515/1c1c\x1b\\', 'a colour'],
    ['\x1bP1$r0m\x1b\\', 'a setting'],
    ['\x1b[I', 'that it has the focus'],
    ['\x1b[2;1R\x1b[?1;2c', 'two answers at once'],
  ])('%j is a reply: it says %s', (data) => {
    expect(isTerminalReply(data)).toBe(true);
    expect(isTerminalReplyBytes(Buffer.from(data))).toBe(true);
  });

  it.each([
    'a',
    '',
    '\r',
    '\x03',
    '\x1b',
    '\x1b[A',
    '\x1bOP',
    '\x1b[15~',
    '\x1b[1;5C',
    '\x1b[1;2R',
    '\x1b[1;5R',
    '\x1bb',
    '\x1b[200~ls\x1b[201~',
    '\x1b[0nls\r',
    '日',
  ])('%j is typed', (data) => {
    expect(isTerminalReply(data)).toBe(false);
    expect(isTerminalReplyBytes(Buffer.from(data))).toBe(false);
  });

  it('takes no time over a long one', () => {
    expect(isTerminalReply('\x1b[0n'.repeat(100_000))).toBe(false);
    expect(isTerminalReply(`${'\x1b[0n'.repeat(200)}x`)).toBe(false);
  });
});
