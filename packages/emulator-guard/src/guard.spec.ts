import { Terminal as HeadlessTerminal } from '@xterm/headless';
import { Terminal as BrowserTerminal } from '@xterm/xterm';
import { EFFORT_LIMIT, EffortExceeded, Guard, type OnExcess } from './guard';
import { guardedCoreOf } from './guarded-core';

const SIZE = { cols: 80, rows: 24, scrollback: 100, allowProposedApi: true };
/** One more of these than a piece may hold at this size. */
const TOO_MANY_CLEARS = Math.floor(EFFORT_LIMIT / (SIZE.cols * SIZE.rows)) + 1;

// Both load in Node; the one for browsers needs a document only to be shown.
describe.each([
  ['@xterm/xterm', BrowserTerminal],
  ['@xterm/headless', HeadlessTerminal],
])('a guarded terminal of %s', (_name, Terminal) => {
  type Subject = InstanceType<typeof Terminal>;

  function guarded(onExcess?: OnExcess): { terminal: Subject; guard: Guard } {
    const terminal = new Terminal(SIZE);
    return { terminal, guard: new Guard(guardedCoreOf(terminal), onExcess) };
  }

  // Unguarded, each of these loops for minutes to hours: the test would not end.
  it.each([...'STLMbIZ@PXABCDEFGHdeaJK', ' @', ' A', "'}", "'~"])('ends CSI 2147483647 %s', async (final) => {
    const { terminal } = guarded();
    await write(terminal, `text\r\nmore\x1b[2147483647${final}after`);
    expect(screenOf(terminal).lines.join('')).toContain('after');
  });

  it.each(['\x1b[1J', '\x1b[?1J'])('survives %j in the last cell', async (eraseAbove) => {
    const { terminal } = guarded();
    await write(terminal, `\x1b[?1049hx\x1b[999;999H${eraseAbove}y`);
    expect(
      screenOf(terminal)
        .lines.map((line) => line.trim())
        .join(''),
    ).toBe('y');
  });

  it('shows what an unguarded one does', async () => {
    let output = '';
    for (let i = 0; i < 40; i++) {
      output += `line ${i}\r\n\x1b[${i}S\x1b[5;10r\x1b[7;3H\x1b[${i}L\x1b[${i}T\x1b[${i}M\x1b[r`;
      output += `\x1b[${i}Ix\x1b[${i}b\x1b[${i}Z\x1b[${i}@\x1b[1J\x1bM\x1b[?1049hz\x1b[?1049l`;
    }
    const plain = new Terminal(SIZE);
    const { terminal } = guarded();
    await write(plain, output);
    await write(terminal, output);
    expect(screenOf(terminal)).toEqual(screenOf(plain));
  });

  it('lets one cell combine a few characters and no more', async () => {
    const { terminal } = guarded();
    await write(terminal, `e${'\u0301'.repeat(10_000)}`);
    expect(screenOf(terminal).lines[0]?.length).toBeLessThan(100);
  });

  it('makes links of the addresses of pages, and of nothing else', async () => {
    const { terminal } = guarded();
    const link = (uri: string): string => `\x1b]8;;${uri}\x07x\x1b]8;;\x07`;
    const refused = [
      'javascript:alert(1)',
      'file:///etc/passwd',
      'x',
      'https://x.y/\u202e',
      'https://x.y/ z',
      `https://${'y'.repeat(3000)}`,
    ];
    await write(terminal, link('https://example.org/') + refused.map(link).join(''));
    const { _oscLinkService: links, _bufferService } = guardedCoreOf(terminal);
    const line = _bufferService.buffers.active.lines.get(0);
    const uris = Object.values(line?._extendedAttrs ?? {}).map((cell) => cell && links.getLinkData(cell._urlId)?.uri);
    expect(uris.filter((uri) => uri !== undefined)).toEqual(['https://example.org/']);
  });

  it('follows no lines of links: 200,000 of them took 51 s', async () => {
    const { terminal } = guarded();
    let output = '';
    for (let i = 0; i < 20_000; i++) output += `\x1b]8;;https://example.org/${i}\x07x\x1b]8;;\x07\r\n`;
    await write(terminal, output);
    expect(terminal.markers).toHaveLength(0);
  });

  it('told to skip, leaves out what a piece cannot afford and goes on with the next', async () => {
    const { terminal, guard } = guarded('skip');
    await write(terminal, `${'\x1b[2J'.repeat(TOO_MANY_CLEARS)}kept\x1b[2J\x1bc and shown`);
    expect(screenOf(terminal).lines[0]).toBe('kept and shown');
    guard.startPiece();
    await write(terminal, '\x1b[2J');
    expect(screenOf(terminal).lines.join('')).toBe('');
  });
});

it('told nothing, throws what a piece cannot afford out of the parser', () => {
  const guard = new Guard(guardedCoreOf(new HeadlessTerminal(SIZE)));
  expect(guard.spend(EFFORT_LIMIT)).toBe(true);
  expect(() => guard.spend(1)).toThrow(EffortExceeded);
});

interface Screen {
  readonly lines: string[];
  readonly cursor: readonly [number, number];
}

function screenOf({ buffer: { active } }: BrowserTerminal | HeadlessTerminal): Screen {
  const lines = Array.from({ length: active.length }, (_, y) => active.getLine(y)?.translateToString(true) ?? '');
  return { lines, cursor: [active.cursorX, active.cursorY] };
}

function write(terminal: BrowserTerminal | HeadlessTerminal, text: string): Promise<void> {
  return new Promise((resolve) => terminal.write(text, resolve));
}
