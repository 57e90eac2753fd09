import type { Terminal } from '@xterm/headless';
import fc from 'fast-check';
import { clientTerminal, isSayable, stateOf, write } from '../test-support/terminal-state';
import { noise, terminalStream } from '../test-support/terminal-stream';
import { ScreenEmulator } from './screen-emulator';

const RUNS = Number(process.env.SCREEN_MIRROR_RUNS ?? 400);

interface Screen {
  readonly cols: number;
  readonly rows: number;
  readonly scrollback: number;
}

function directTerminal(bytes: Buffer, { cols, rows, scrollback }: Screen): Terminal {
  const terminal = clientTerminal(cols, rows, scrollback);
  write(terminal, bytes);
  return terminal;
}

function direct(bytes: Buffer, screen: Screen): Record<string, unknown> {
  return stateOf(directTerminal(bytes, screen));
}

/** Snapshot at `cut`, then the rest, on a fresh terminal; the snapshot itself must not make it type anything. */
function resumed(bytes: Buffer, cut: number, { cols, rows, scrollback }: Screen): Record<string, unknown> {
  const emulator = new ScreenEmulator({ cols, rows, scrollbackLines: scrollback, offset: 0 });
  emulator.feed(bytes.subarray(0, cut));
  const snapshot = emulator.snapshot();
  emulator.dispose();
  const client = clientTerminal(snapshot.cols, snapshot.rows, scrollback);
  const typed: string[] = [];
  client.onData((data) => typed.push(data));
  write(client, snapshot.bytes);
  expect(typed).toEqual([]);
  write(client, bytes.subarray(snapshot.offset));
  return stateOf(client);
}

const screens = fc.record({
  cols: fc.integer({ min: 2, max: 14 }),
  rows: fc.integer({ min: 2, max: 6 }),
  scrollback: fc.constantFrom(0, 3, 20),
});

describe('a snapshot', () => {
  it('plus the rest of the stream equals the direct stream, cut anywhere', () => {
    fc.assert(
      fc.property(terminalStream, screens, fc.nat(), (bytes, screen, at) => {
        const cut = at % (bytes.length + 1);
        fc.pre(isSayable(directTerminal(bytes.subarray(0, cut), screen)));
        expect(resumed(bytes, cut, screen)).toEqual(direct(bytes, screen));
      }),
      { numRuns: RUNS },
    );
  });

  it('equals the direct stream at every cut of noise that is neither text nor sequences', () => {
    fc.assert(
      fc.property(noise, (bytes) => {
        const screen = { cols: 6, rows: 3, scrollback: 5 };
        const expected = direct(bytes, screen);
        for (let cut = 0; cut <= bytes.length; cut++) expect(resumed(bytes, cut, screen)).toEqual(expected);
      }),
      { numRuns: RUNS },
    );
  });
});
