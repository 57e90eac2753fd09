import type { Terminal } from '@xterm/headless';
import fc from 'fast-check';
import { clientTerminal, isSayable, stateOf, write } from '../test-support/terminal-state';
import { noise, terminalStream } from '../test-support/terminal-stream';
import { resizeTerminal } from './resize-terminal';
import { ScreenEmulator, type Resize } from './screen-emulator';

/** More with SCREEN_MIRROR_RUNS; 20,000 take a minute. */
const RUNS = Number(process.env.SCREEN_MIRROR_RUNS ?? 400);
/** The same cases in every run of CI; `HOLDFAST_SEED` looks for others. Known to be found: snapshot-writer.ts, "not exact". */
const SEED = Number(process.env['HOLDFAST_SEED'] ?? 20261121);

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
  cols: fc.integer({ min: 4, max: 14 }),
  rows: fc.integer({ min: 2, max: 6 }),
  scrollback: fc.constantFrom(0, 3, 20),
});

it('takes characters to be as wide as the console does', () => {
  const emulator = new ScreenEmulator({ cols: 20, rows: 2, scrollbackLines: 0, offset: 0 });
  emulator.feed(Buffer.from('🎉漢é—'));
  expect(emulator.text().cursor.x).toBe(6);
});

describe('a snapshot', () => {
  it('plus the rest of the stream equals the direct stream, cut anywhere', () => {
    fc.assert(
      fc.property(terminalStream, screens, fc.nat(), (bytes, screen, at) => {
        const cut = at % (bytes.length + 1);
        fc.pre(isSayable(directTerminal(bytes.subarray(0, cut), screen)));
        expect(resumed(bytes, cut, screen)).toEqual(direct(bytes, screen));
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });

  it('equals the direct stream at every cut of noise that is neither text nor sequences', () => {
    fc.assert(
      fc.property(noise, (bytes) => {
        const screen = { cols: 6, rows: 3, scrollback: 5 };
        const expected = direct(bytes, screen);
        for (let cut = 0; cut <= bytes.length; cut++) expect(resumed(bytes, cut, screen)).toEqual(expected);
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });

  it('knows the sizes the output was written at', () => {
    const size = fc.record({ cols: fc.integer({ min: 4, max: 14 }), rows: fc.integer({ min: 2, max: 6 }) });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(size, terminalStream), { minLength: 1, maxLength: 4 }),
        terminalStream,
        (parts, rest) => {
          const expected = clientTerminal(10, 4, 20);
          const emulator = new ScreenEmulator({ cols: 10, rows: 4, scrollbackLines: 20, offset: 0 });
          const resizes: Resize[] = [];
          const bytes: Buffer[] = [];
          let offset = 0;
          for (const [{ cols, rows }, part] of parts) {
            // A sequence cut by a resize is held over it; CAN ends it before.
            const output = Buffer.concat([part, Buffer.from('\x18')]);
            resizes.push({ offset, cols, rows });
            bytes.push(output);
            offset += output.length;
            resizeTerminal(expected, cols, rows);
            write(expected, output);
          }
          fc.pre(isSayable(expected));
          emulator.feed(Buffer.concat(bytes), resizes);
          const { bytes: drawn, cols, rows } = emulator.snapshot();
          const client = clientTerminal(cols, rows, 20);
          write(client, Buffer.concat([drawn, rest]));
          write(expected, rest);
          expect(stateOf(client)).toEqual(stateOf(expected));
        },
      ),
      { numRuns: RUNS, seed: SEED },
    );
  });
});
