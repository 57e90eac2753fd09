import { ScreenEmulator } from './screen-emulator';

function emulator(): ScreenEmulator {
  return new ScreenEmulator({ cols: 80, rows: 24, scrollbackLines: 10, offset: 1000 });
}

describe('replies to queries', () => {
  it.each([
    ['primary attributes', '\x1b[c', '\x1b[?1;2c'],
    ['secondary attributes', '\x1b[>c', '\x1b[>0;276;0c'],
    ['status', '\x1b[5n', '\x1b[0n'],
    ['position', 'ab\r\nc\x1b[6n', '\x1b[2;2R'],
    ['position, private', '\x1b[?6n', '\x1b[?1;1R'],
    ['a mode', '\x1b[?2004h\x1b[?2004$p', '\x1b[?2004;1$y'],
    ['the scroll region', '\x1b[2;5r\x1bP$qr\x1b\\', '\x1bP1$r2;5r\x1b\\'],
  ])('%s', (_name, output, reply) => {
    const screen = emulator();
    screen.feed(Buffer.from(`${output}more`));
    // A string is answered at the ESC of its ESC \, so that it does not matter how it arrives.
    const end = output.endsWith('\\') ? output.length - 1 : output.length;
    expect(screen.repliesAfter(0)).toEqual([{ offset: 1000 + end, bytes: reply }]);
  });

  it('are the ones to queries that ended behind the offset', () => {
    const screen = emulator();
    screen.feed(Buffer.from('\x1b[5n..\x1b[6n'));
    expect(screen.repliesAfter(1004).map(({ offset }) => offset)).toEqual([1010]);
    expect(screen.repliesAfter(1010)).toEqual([]);
  });

  it('have the same offsets when every byte arrives alone', () => {
    const output = Buffer.from('x\x1b[5n\x1bP$qm\x1b\\\x1b[6n');
    const screen = emulator();
    for (const byte of output) screen.feed(Uint8Array.of(byte));
    expect(screen.repliesAfter(0).map(({ offset }) => offset)).toEqual([1005, 1011, 1016]);
  });

  it('are kept up to a bound', () => {
    const screen = emulator();
    screen.feed(Buffer.from('\x1b[5n'.repeat(5000)));
    expect(screen.repliesAfter(0)).toHaveLength(1024);
  });
});
