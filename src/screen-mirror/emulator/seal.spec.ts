import { clientTerminal, stateOf, write } from '../test-support/terminal-state';
import { ScreenEmulator } from './screen-emulator';

const SCREEN = { cols: 30, rows: 6 };
const SEAM = '-- lost at noon --';

/** What a client shows that gets the sealed screen, and its state. */
function sealed(output: string): { lines: string[]; cursor: [number, number]; state: Record<string, unknown> } {
  const emulator = new ScreenEmulator({ ...SCREEN, scrollbackLines: 50, offset: 0 });
  emulator.feed(Buffer.from(output));
  emulator.seal(SEAM);
  const client = clientTerminal(SCREEN.cols, SCREEN.rows, 50);
  write(client, emulator.snapshot().bytes);
  emulator.dispose();
  const { active } = client.buffer;
  const lines = Array.from({ length: active.length }, (_, y) => active.getLine(y)?.translateToString(true) ?? '');
  return { lines, cursor: [active.cursorX, active.baseY + active.cursorY], state: stateOf(client) };
}

it('stands below what was printed, with the cursor on the next line', () => {
  const { lines, cursor } = sealed('$ echo hello\r\nhello\r\n$ ');
  expect(lines.slice(0, 5)).toEqual(['$ echo hello', 'hello', '$ ', SEAM, '']);
  expect(cursor).toEqual([0, 4]);
});

it('scrolls a full screen, and takes the first line of an empty one', () => {
  const full = sealed('1\r\n2\r\n3\r\n4\r\n5\r\n6');
  expect(full.lines).toEqual(['1', '2', '3', '4', '5', '6', SEAM, '']);
  expect(full.cursor).toEqual([0, 7]);
  expect(sealed('')).toMatchObject({ lines: [SEAM, '', '', '', '', ''], cursor: [0, 1] });
});

it('is cut where the screen ends', () => {
  const emulator = new ScreenEmulator({ cols: 5, rows: 3, scrollbackLines: 0, offset: 0 });
  emulator.seal('── a long line ──');
  expect(emulator.text().lines).toEqual(['── a ', '', '']);
});

it('leaves nothing switched on of what the program used: the same state as a fresh terminal that printed as much', () => {
  const output =
    'shell\r\n\x1b]2;title\x07\x1b]4;1;rgb:ff/00/00\x07\x1b[3g\x1b[?1049h\x1b[2;4r\x1b[?1000h\x1b[?1002h\x1b[?1006h' +
    '\x1b[?1004h\x1b[?2004h\x1b[?1h\x1b=\x1b[?25l\x1b[?6h\x1b[4h\x1b[31;44m\x1b(0\x1b[5 q\x1b]8;;http://x\x07editor\x1b[?7l\x1b[12';
  const { lines, state } = sealed(output);
  expect(lines.slice(0, 3)).toEqual(['shell', SEAM, '']);
  expect(state).toEqual(sealed('shell\r\n').state);
});
