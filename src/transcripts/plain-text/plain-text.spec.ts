import fc from 'fast-check';
import { MAX_LINE_CELLS } from './line-buffer';
import { MAX_LINE_BYTES, PlainText, type TextLine } from './plain-text';
import { MIDDLE_STATE, type ResumePoint } from './resume-point';

function lines(
  input: string | Uint8Array,
  options: { width?: number; from?: ResumePoint; cut?: number } = {},
): TextLine[] {
  const told: TextLine[] = [];
  const text = new PlainText((line) => told.push(line), options.from);
  if (options.width) text.setWidth(options.width);
  const bytes = Buffer.from(input as string);
  const size = options.cut ?? Math.max(1, bytes.length);
  for (let at = 0; at < bytes.length; at += size) text.push(bytes.subarray(at, at + size));
  text.end();
  return told;
}

function texts(input: string | Uint8Array, width?: number): string[] {
  return lines(input, { width })
    .map(({ text }) => text)
    .filter((text) => text !== '');
}

describe('PlainText', () => {
  it('drops colours, titles, hyperlinks and every other sequence', () => {
    expect(
      texts(
        '\x1b[1;31mError\x1b[0m: \x1b]8;;https://x\x1b\\link\x1b]8;;\x07 \x1b]0;title\x07\x1bP1$q q\x1b\\\x1b(Bdone\x1b^pm\x1b\\\x1b_apc\x1b\\.\r\n',
      ),
    ).toEqual(['Error: link done.']);
  });

  it('says where each line starts', () => {
    expect(lines('one\r\n\x1b[31mtwo\n').map(({ offset, text }) => [offset, text])).toEqual([
      [0, 'one'],
      [5, 'two'],
      [14, ''],
    ]);
  });

  it('keeps the last state of a progress bar', () => {
    const bar = Array.from({ length: 101 }, (_, i) => `\r\x1b[2K${i}% [${'#'.repeat(i / 10)}]`).join('');
    expect(texts(`${bar}\r\ndone\r\n`)).toEqual(['100% [##########]', 'done']);
    expect(texts('downloading 10%\b\b\b20%\b\b\b30%\n')).toEqual(['downloading 30%']);
    expect(texts('a longer one\rshort\x1b[K\n')).toEqual(['short']);
  });

  it('applies what line editors do: erase, insert, delete, move', () => {
    expect(texts('git sattus\b\b\b\b\b\x1b[1P\x1b[C\x1b[1@a\n')).toEqual(['git status']);
    expect(texts('abcdef\x1b[3Dxy\x1b[1;5H')).toEqual(['abcxyf']);
    expect(texts('name\x1b[10Gvalue\tx\n')).toEqual(['name     value  x']);
  });

  it('knows where the terminal wrapped, so that typing past the margin overwrites nothing', () => {
    // readline writes a space and a carriage return to get into the next row.
    expect(texts('0123456789 \rabcdef\b\bEF\r\n', 10)).toEqual(['0123456789abcdEF']);
    expect(texts('0123456789abcd\x1b[A\rX\x1b[B\n', 10)).toEqual(['X123456789abcd']);
    expect(texts('一二三四五 \r六七\n', 10)).toEqual(['一二三四五六七']);
  });

  it('decodes characters, composes marks and drops what is no UTF-8', () => {
    expect(
      texts(Buffer.concat([Buffer.from('Zu\u0308rich 漢字 🚀 ❤️ '), Buffer.from([0xff, 0xc3]), Buffer.from('ok\n')])),
    ).toEqual(['Zürich 漢字 🚀 ❤ ok']);
  });

  it('skips the alternate screen', () => {
    expect(texts('before\r\n\x1b[?1049h\x1b[Hvim\r\nlines\x1b[?1049lafter\r\n')).toEqual(['before', 'after']);
    expect(texts('$ less x\x1b[?47hpager\x1b[?47l$ \n')).toEqual(['$ less x', '$']);
  });

  it('tells lines that are drawn over others', () => {
    const told = lines('a 1\nb 1\n\x1b[2A\r\x1b[2Ka 2\nb 1\nafter\n').filter(({ text }) => text);
    expect(told.map(({ text, redrawn }) => [text, redrawn])).toEqual([
      ['a 1', false],
      ['b 1', false],
      ['a 2', true],
      ['b 1', true],
      ['after', false],
    ]);
  });

  it('does not glue together what stands in different rows', () => {
    expect(texts('\x1b[2J\x1b[1;1Hfirst\x1b[5;10Hsecond\x1b[Ethird\x1b7\x1b[9;1Hbar\x1b8 \n')).toEqual([
      'first',
      'second',
      'third',
      'bar',
    ]);
  });

  it('cuts lines that do not end', () => {
    const pieces = lines('x'.repeat(3 * MAX_LINE_CELLS));
    expect(pieces.map(({ text }) => text).join('')).toBe('x'.repeat(3 * MAX_LINE_CELLS));
    expect(Math.max(...pieces.map(({ text }) => text.length))).toBeLessThanOrEqual(MAX_LINE_CELLS);
    for (const endless of ['\rworking', '\x1b]0;', '\x1b[?1049h\n\n', '\x1b[1;', '\x1bPq', '\x1b']) {
      const [start = '', rest = ''] = [endless, endless.slice(-1)];
      const spans = lines(start + rest.repeat(5 * MAX_LINE_BYTES)).map(({ offset, next }) => next.offset - offset);
      expect(Math.max(...spans)).toBeLessThanOrEqual(MAX_LINE_BYTES + 4);
    }
  });

  it('begins at the next line when it begins in the middle', () => {
    const from = { offset: 1000, state: MIDDLE_STATE };
    expect(
      lines('31mrest of something\x1b[?1049hxyz\x1b[?1049l\nwhole\n', { from }).filter(({ text }) => text),
    ).toMatchObject([{ text: 'whole' }]);
  });

  // Output is mostly what terminals understand, so random input is too.
  const piece = fc.oneof(
    fc
      .constantFrom(
        '\x1b[A',
        '\x1b[3B',
        '\x1b[2K',
        '\x1b[K',
        '\x1b[1K',
        '\x1b[J',
        '\x1b[2J',
        '\x1b[H',
        '\x1b[5;5H',
        '\x1b[4D',
        '\x1b[4C',
        '\x1b[7G',
        '\x1b[2P',
        '\x1b[3@',
        '\x1b[?1049h',
        '\x1b[?1049l',
        '\x1b]0;t',
        '\x07',
        '\x1b\\',
        '\x1bP',
        '\x1b7',
        '\x1b8',
        '\x1bc',
        '\x1bM',
        '\r',
        '\n',
        '\r\n',
        '\t',
        '\b',
        '\x1b[',
        '\x1b',
        'ü',
        '漢',
        'e\u0301',
        '🚀',
        'word ',
        'x'.repeat(90),
        '\u009b',
        '\u0085',
      )
      .map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
  );
  const output = fc.array(piece, { maxLength: 80 }).map((pieces) => Buffer.concat(pieces));

  it('gives the same lines however the bytes are cut', () => {
    fc.assert(
      fc.property(output, fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 90 }), (bytes, cut, width) => {
        expect(lines(bytes, { cut, width })).toEqual(lines(bytes, { width }));
      }),
    );
  });

  it('goes on after any line as if it had never stopped', () => {
    fc.assert(
      fc.property(output, fc.integer({ min: 1, max: 90 }), fc.nat(), (bytes, width, choice) => {
        const whole = lines(bytes, { width });
        const index = choice % whole.length;
        const from = (whole[index] as TextLine).next;
        if (index === whole.length - 1) return;
        expect(lines(bytes.subarray(from.offset), { width, from })).toEqual(whole.slice(index + 1));
      }),
    );
  });

  it('forgets with a reset that lines are drawn over others, also when it goes on right there', () => {
    const whole = lines('\x1b[H\x1b[?1049hx\x1bcy\nz');
    expect(whole.map(({ text, redrawn }) => [text, redrawn]).slice(-2)).toEqual([
      ['y', false],
      ['z', false],
    ]);
    const reset = whole.find(({ next }) => next.offset === 14);
    expect(lines('y\nz', { from: reset?.next })).toEqual(whole.slice(-2));
  });

  it('tells offsets that follow each other and text without control characters', () => {
    fc.assert(
      fc.property(output, (bytes) => {
        let at = 0;
        for (const { offset, next, text } of lines(bytes)) {
          expect(offset).toBe(at);
          at = next.offset;
          expect(text).not.toMatch(/[\p{Cc}\p{Cs}]/u);
        }
        expect(at).toBe(bytes.length);
      }),
    );
  });
});
