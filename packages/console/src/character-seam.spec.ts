import fc from 'fast-check';
import { CharacterSeam } from './character-seam';

const TEXT = 'a—b “quoted” 漢字 🎉 ü';
const bytes = new TextEncoder().encode(TEXT);
const strict = new TextDecoder('utf-8', { fatal: true });

describe('output in pieces', () => {
  it('is whole characters wherever it was cut', () => {
    for (let first = 0; first <= bytes.length; first++) {
      for (let second = first; second <= bytes.length; second++) {
        const seam = new CharacterSeam();
        const pieces = [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)];
        expect(pieces.map((piece) => strict.decode(seam.join(piece))).join('')).toBe(TEXT);
      }
    }
  });

  it('is whole characters when each byte comes alone', () => {
    const seam = new CharacterSeam();
    expect(Array.from(bytes, (byte) => strict.decode(seam.join(Uint8Array.of(byte)))).join('')).toBe(TEXT);
  });

  it('keeps every byte, in order, and holds back at most three, also of what is no UTF-8', () => {
    const piece = fc.array(fc.constantFrom(0x41, 0x1b, 0x80, 0x94, 0xbf, 0xc3, 0xe2, 0xf0, 0xff), { maxLength: 6 });
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
        const seam = new CharacterSeam();
        const joined = pieces.flatMap((each) => [...seam.join(Uint8Array.from(each))]);
        const all = pieces.flat();
        expect(joined).toEqual(all.slice(0, joined.length));
        expect(all.length - joined.length).toBeLessThanOrEqual(3);
      }),
    );
  });

  it('forgets the beginning of a character that will not go on', () => {
    const seam = new CharacterSeam();
    seam.join(Uint8Array.of(0xe2, 0x80));
    seam.reset();
    expect([...seam.join(Uint8Array.of(0x41))]).toEqual([0x41]);
  });
});
