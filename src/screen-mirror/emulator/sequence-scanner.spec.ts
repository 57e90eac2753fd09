import fc from 'fast-check';
import { clientTerminal } from '../test-support/terminal-state';
import { noise, terminalStream } from '../test-support/terminal-stream';
import { SequenceScanner } from './sequence-scanner';
import { coreOf } from './xterm-internals';

describe('the sequence scanner', () => {
  it('is always in the state in which the parser of xterm.js is', () => {
    fc.assert(
      fc.property(fc.oneof(noise, terminalStream, fc.uint8Array({ maxLength: 60 })), (bytes) => {
        const core = coreOf(clientTerminal(10, 4));
        const parser = core._inputHandler._parser as unknown as { currentState: number };
        core._inputHandler.parse(bytes);
        const scanner = new SequenceScanner();
        scanner.scan(bytes);
        expect(scanner.parserState).toBe(parser.currentState);
      }),
      { numRuns: 2000 },
    );
  });

  it('finds the same cut however the output arrives', () => {
    fc.assert(
      fc.property(noise, fc.array(fc.nat(30)), (bytes, sizes) => {
        const whole = new SequenceScanner();
        const expected = whole.scan(bytes);
        const scanner = new SequenceScanner();
        let at = 0;
        let last = scanner.scan(new Uint8Array(0));
        for (const size of [...sizes, bytes.length]) {
          last = scanner.scan(bytes.subarray(at, at + size));
          at += size;
        }
        expect(last.holdFrom).toBe(expected.holdFrom);
        expect(scanner.parserState).toBe(whole.parserState);
      }),
    );
  });

  it.each([
    ['plain text', 'abc', 3],
    ['half a character', Buffer.from([0x61, 0xe2, 0x80]), 1],
    ['a CSI sequence', 'ab\x1b[3', 2],
    ['a title', 'ab\x1b]0;x', 2],
    ['a title ended by the beginning of ST', 'ab\x1b]0;x\x1b', 7],
    ['a sequence begun inside another', 'ab\x1b[3\x1b[4', 5],
    ['an 8-bit CSI', Buffer.from([0x61, 0xc2, 0x9b, 0x33]), 1],
    ['a cancelled sequence', 'ab\x1b[3\x18', 6],
  ])('holds back what is unfinished: %s', (_name, output, holdFrom) => {
    expect(new SequenceScanner().scan(Buffer.from(output as string)).holdFrom).toBe(holdFrom);
  });

  it('names the ends of what may be a query', () => {
    const { queryEnds } = new SequenceScanner(100).scan(Buffer.from('a\x1b[6nb\x1b[c\x1b[?1$p\x1bP$qm\x1b\\\x1b[1m'));
    expect(queryEnds).toEqual([105, 109, 115, 121]);
  });
});
