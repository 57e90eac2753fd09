import { Terminal } from '@xterm/headless';
import fc from 'fast-check';
import { ClipboardFilter } from './clipboard-filter';

function filtered(...pieces: Uint8Array[]): Buffer {
  const filter = new ClipboardFilter();
  return Buffer.concat(pieces.map((piece) => filter.pass(piece)));
}

/** What a terminal that has a clipboard would do with it. */
async function clipboardAccess(output: Uint8Array): Promise<string[]> {
  const terminal = new Terminal({ allowProposedApi: true });
  const accesses: string[] = [];
  // Without a semicolon there is nothing in it that a terminal could act on.
  terminal.parser.registerOscHandler(52, (data) => data === '' || (accesses.push(data), true));
  await new Promise<void>((done) => terminal.write(output, done));
  terminal.dispose();
  return accesses;
}

const WRITES = [
  '\x1b]52;c;cm0gLXJmIH4K\x07',
  '\x1b]52;c;cm0gLXJmIH4K\x1b\\',
  '\x1b]52;;?\x07',
  '\x1b]0052;c;eA==\x07',
  '\x1b]5\x002;c;eA==\x07',
  '\x1b\x01]52;c;eA==\x07',
  '\u009d52;c;eA==\u009c',
  '\x1b\x1b]52;c;eA==\x07',
  '\x1bPtmux;\x1b]52;c;eA==\x07',
  '\x1b]0;title\x1b]52;c;eA==\x07',
];

it.each(WRITES)('takes %j from the terminal, and changes nothing else', async (write) => {
  const output = Buffer.from(`before ${write} after`);
  const passed = filtered(output);
  expect(await clipboardAccess(output)).not.toEqual([]);
  expect(await clipboardAccess(passed)).toEqual([]);
  expect(passed).toHaveLength(output.length);
  expect([...passed].filter((byte, at) => byte !== output[at])).toHaveLength(1);
});

it('does so wherever output is cut', async () => {
  const parts = fc.constantFrom(
    ...WRITES,
    'text',
    '”52;',
    'é',
    '\x1b[31m',
    '\x1b]52',
    ';c;eA==',
    '\x1b]8;;https://x.y\x07',
    '\x18',
  );
  await fc.assert(
    fc.asyncProperty(fc.array(parts, { maxLength: 8 }), fc.array(fc.nat()), async (texts, cuts) => {
      const output = Buffer.from(texts.join(''));
      const at = [...cuts.map((cut) => cut % (output.length + 1)), output.length].sort((a, b) => a - b);
      const pieces = at.map((end, i) => output.subarray(at[i - 1] ?? 0, end));
      expect(await clipboardAccess(filtered(...pieces))).toEqual([]);
    }),
    { numRuns: 200 },
  );
});

it('returns what has no clipboard access as it is, not a copy', () => {
  const output = Buffer.from('”52; é \x1b]0;52;title\x07\x1b]520;x\x07\x1b]5;2;x\x07\x1b[52;1H');
  expect(new ClipboardFilter().pass(output)).toBe(output);
});

it('can begin anew', () => {
  const filter = new ClipboardFilter();
  filter.pass(Buffer.from('\x1b]52'));
  filter.reset();
  expect(filter.pass(Buffer.from(';c'))).toEqual(Buffer.from(';c'));
});
