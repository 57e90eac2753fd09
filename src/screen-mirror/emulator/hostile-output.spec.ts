import { EffortExceeded, Guard } from '@holdfast/emulator-guard';
import { clientTerminal, stateOf, write } from '../test-support/terminal-state';
import { MAX_HELD_BYTES, ScreenEmulator } from './screen-emulator';
import { coreOf } from './xterm-internals';

const SIZE = { cols: 80, rows: 24, scrollbackLines: 500, offset: 0 };

function fed(...pieces: string[]): ScreenEmulator {
  const emulator = new ScreenEmulator(SIZE);
  for (const piece of pieces) emulator.feed(Buffer.from(piece));
  return emulator;
}

describe('hostile output', () => {
  // Unguarded, each of these loops for minutes to hours: the test would not end.
  it.each([...'STLMbIZ@PXABCDEFGHdeaJK', ' @', ' A', "'}", "'~", '?J'])('CSI 2147483647 %s ends', (final) => {
    const emulator = fed('text\r\nmore', final === '?J' ? '\x1b[?2147483647J' : `\x1b[2147483647${final}`, 'after');
    expect(emulator.text().lines.join('')).toContain('after');
  });

  it.each([
    ['clearing', '\x1b[2J'],
    ['scrolling', '\x1b[999S'],
    ['inserting lines', '\x1b[H\x1b[999L'],
    ['switching screens', '\x1b[?1049h\x1b[?1049l'],
    ['resetting', '\x1bc'],
    ['the alignment pattern', '\x1b#8'],
    ['scrolling back', '\x1bM'],
    ['moving columns', "\x1b[9'}"],
  ])('a megabyte of %s is refused instead of parsed for minutes', (_name, sequence) => {
    const emulator = new ScreenEmulator({ ...SIZE, cols: 200, rows: 200 });
    expect(() => emulator.feed(Buffer.from(sequence.repeat(1_000_000 / sequence.length)))).toThrow(EffortExceeded);
  });

  it('counts effort for each piece alone, so that a session may live long', () => {
    const emulator = new ScreenEmulator(SIZE);
    for (let i = 0; i < 20; i++) emulator.feed(Buffer.from('\x1b[2J'.repeat(10_000)));
    expect(emulator.text().cursor).toEqual({ x: 0, y: 0 });
  });

  it('keeps as many hyperlinks as a screen can show and forgets the rest', () => {
    const emulator = new ScreenEmulator(SIZE);
    for (let batch = 0; batch < 20; batch++) {
      let output = '';
      for (let i = 0; i < 1000; i++) output += `\x1b]8;;https://example.org/${batch}/${i}\x1b\\x\x1b]8;;\x1b\\\r\n`;
      emulator.feed(Buffer.from(output));
    }
    const snapshot = emulator.snapshot().bytes.toString();
    expect(snapshot).toContain('https://example.org/19/990');
    expect(snapshot.length).toBeLessThan(100_000);
  });

  it('does not forget a hyperlink that is still on the screen', () => {
    const emulator = fed('\x1b[2;24r\x1b[1;1H\x1b]8;;https://example.org/stays\x1b\\here\x1b]8;;\x1b\\\x1b[24;1H');
    let output = '';
    for (let i = 0; i < 10_000; i++) output += `\x1b]8;;https://example.org/${i}\x1b\\x\x1b]8;;\x1b\\\r\n`;
    emulator.feed(Buffer.from(output));
    expect(emulator.snapshot().bytes.toString()).toContain('https://example.org/stays');
  });

  it('does not let one cell combine without end', () => {
    const emulator = fed('e' + '\u0301'.repeat(100_000));
    expect(emulator.snapshot().bytes.length).toBeLessThan(1000);
  });

  it.each([
    ['OSC', '\x1b]1337;File=', '\x07'],
    ['DCS', '\x1bPq', '\x1b\\'],
    ['APC', '\x1b_G', '\x1b\\'],
    ['CSI', '\x1b[', 'm'],
  ])('skips a %s sequence that is too long to keep, and is right again after it', (_name, begin, end) => {
    const emulator = fed('before ', begin, '0'.repeat(MAX_HELD_BYTES), '0'.repeat(MAX_HELD_BYTES));
    const { bytes } = emulator.snapshot();
    expect(bytes.length).toBeLessThan(200);
    const client = clientTerminal(80, 24);
    write(client, Buffer.concat([bytes, Buffer.from(`00${end}after`)]));
    expect(client.buffer.active.getLine(0)?.translateToString(true)).toBe('before after');
    emulator.feed(Buffer.from(`00${end}after`));
    expect(emulator.text().lines[0]).toBe('before after');
  });

  it('survives what makes xterm.js throw: erasing above in the last cell', () => {
    const emulator = fed('\x1b[?1049hx\x1b[999;999H\x1b[1Jy');
    expect(
      emulator
        .text()
        .lines.map((line) => line.trim())
        .join(''),
    ).toBe('y');
  });

  it('swallows the clipboard', () => {
    expect(fed('\x1b]52;c;c2VjcmV0\x07').snapshot().bytes.toString()).not.toContain('c2Vj');
  });

  it('bounds the title it reports', () => {
    expect(fed(`\x1b]2;${'t'.repeat(5000)}\x07`).snapshot().title).toHaveLength(256);
  });
});

it('a guarded terminal shows what an unguarded one does', () => {
  const output = Buffer.from(
    Array.from(
      { length: 40 },
      (_, i) =>
        `line ${i}\r\n\x1b[${i}S\x1b[5;10r\x1b[7;3H\x1b[${i}L\x1b[${i}T\x1b[${i}M\x1b[r\x1b[${i}Ix\x1b[${i}b\x1b[${i}Z\x1b[${i}@`,
    ).join(''),
  );
  const plain = clientTerminal(20, 12);
  write(plain, output);
  const guarded = clientTerminal(20, 12);
  new Guard(coreOf(guarded));
  write(guarded, output);
  expect(stateOf(guarded)).toEqual(stateOf(plain));
});
