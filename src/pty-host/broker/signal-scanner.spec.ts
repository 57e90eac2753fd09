import { MAX_TITLE_CHARACTERS, SignalScanner, type TerminalSignal } from './signal-scanner';

function scan(...chunks: (string | Buffer)[]): TerminalSignal[] {
  const found: TerminalSignal[] = [];
  const scanner = new SignalScanner((signal) => found.push(signal));
  for (const chunk of chunks) scanner.push(Buffer.from(chunk));
  return found;
}

const BELL: TerminalSignal = { kind: 'bell' };
const stream = Buffer.from(
  [
    'plain \x07',
    '\x1b]0;Grüße 🚀\x07',
    '\x1b[31mred\x1b[0m',
    '\x1b]2;second\x1b\\',
    // An OSC that is ended by the start of the next one.
    '\x1b]2;unfinished\x1b]7;file://host/home/j%C3%BCrgen\x1b\\',
    '\x1b]133;A\x07$ \x1b]133;B\x07ls\x1b]133;C\x07',
    '\x1b]633;E;ls -la;nonce\x07\x1b]633;D;2\x07\x1b]133;D\x07',
    '\x1b\x1b]8;;https://example.org\x1b\\link\x1b]8;;\x1b\\',
    '\x1b]1337;File=inline=1:AAAA\x07 \x07',
  ].join(''),
);
const expected: TerminalSignal[] = [
  BELL,
  { kind: 'title', title: 'Grüße 🚀' },
  { kind: 'title', title: 'second' },
  { kind: 'title', title: 'unfinished' },
  { kind: 'cwd', cwd: '/home/jürgen' },
  { kind: 'command', state: 'prompt' },
  { kind: 'command', state: 'input' },
  { kind: 'command', state: 'running' },
  { kind: 'command', state: 'running', command: 'ls -la' },
  { kind: 'command', state: 'finished', exitCode: 2 },
  { kind: 'command', state: 'finished' },
  BELL,
];

test('finds titles, directories, marks and bells, wherever the output is cut', () => {
  expect(scan(stream)).toEqual(expected);
  expect(scan(...Array.from(stream, (byte) => Buffer.of(byte)))).toEqual(expected);
  for (let at = 0; at <= stream.length; at++)
    expect([at, scan(stream.subarray(0, at), stream.subarray(at))]).toEqual([at, expected]);
});

test('a BEL that ends a string does not ring', () => {
  expect(scan('\x1b]0;x\x07')).toEqual([{ kind: 'title', title: 'x' }]);
  expect(scan('\x1b]52;c;AAAA\x07')).toEqual([]);
});

test('titles hold no control characters and have a bound', () => {
  expect(scan('\x1b]0;a\tb\u009bc\x07')).toEqual([{ kind: 'title', title: 'abc' }]);
  expect(scan(`\x1b]0;${'x'.repeat(1000)}\x07`)).toEqual([{ kind: 'title', title: 'x'.repeat(MAX_TITLE_CHARACTERS) }]);
});

test('a string without an end costs no memory, and what follows is found', () => {
  const flood = Array.from({ length: 1000 }, () => 'x'.repeat(1000));
  expect(scan('\x1b]0;', ...flood, '\x07', '\x1b]2;after\x07')).toEqual([{ kind: 'title', title: 'after' }]);
});

test('what is no URL, no mark and no title is passed over', () => {
  expect(
    scan('\x1b]7;not a url\x07\x1b]7;http://x/y\x07\x1b]7;file:///%zz\x07\x1b]133;Z\x07\x1b]\x07\x1b]9;hi\x07'),
  ).toEqual([]);
});

describe('queries', () => {
  const ask = (...chunks: string[]): boolean[] => {
    const scanner = new SignalScanner(() => undefined);
    return chunks.map((chunk) => scanner.findQuery(Buffer.from(chunk)));
  };

  test.each([
    ['device attributes', '\x1b[c'],
    ['secondary device attributes', '\x1b[>0c'],
    ['cursor position', '\x1b[6n'],
    ['mode', '\x1b[?2026$p'],
    ['version', '\x1b[>0q'],
    ['window size', '\x1b[18t'],
    ['background colour', '\x1b]11;?\x07'],
    ['palette', '\x1b]4;1;?\x07'],
    ['setting', '\x1bP$qm\x1b\\'],
    ['capability', '\x1bP+q544e\x1b\\'],
    ['enquiry', '\x05'],
  ])('%s is found whole and at every split', (_, query) => {
    expect(ask(`before${query}after`)).toEqual([true]);
    for (let at = 1; at < query.length; at++) {
      const found = ask(query.slice(0, at), query.slice(at));
      expect(found.filter(Boolean)).toHaveLength(1);
    }
  });

  test('one that lies across chunks is found although the first chunk held another', () => {
    expect(ask('\x1b[c\x1b[', '6n')).toEqual([true, true]);
  });

  test('one is not found twice, and colours and titles are none', () => {
    expect(ask('\x1b[c', 'x', '\x1b[31m', '\x1b]0;what?\x07', 'y')).toEqual([true, false, false, false, false]);
  });
});
