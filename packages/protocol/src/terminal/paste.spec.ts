import fc from 'fast-check';
import { cleanPaste, pasteInput } from './paste';

describe('a paste', () => {
  it('cannot end bracketed paste', () => {
    const clean = cleanPaste('ls\x1b[201~; rm -rf ~\x9b201~');
    expect(clean).toEqual({ text: 'ls[201~; rm -rf ~201~', newlines: 0, removed: 2 });
    expect(pasteInput(clean, true)).toBe('\x1b[200~ls[201~; rm -rf ~201~\x1b[201~');
  });

  it('types one Enter for each newline of any kind', () => {
    const clean = cleanPaste('a\r\nb\rc\nd\te');
    expect(clean).toMatchObject({ newlines: 3, removed: 0 });
    expect(pasteInput(clean, false)).toBe('a\rb\rc\rd\te');
  });

  it('is text and newlines, whatever was in the clipboard', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (text, bracketed) => {
        const input = pasteInput(cleanPaste(text), bracketed);
        const inside = bracketed ? input.slice('\x1b[200~'.length, -'\x1b[201~'.length) : input;
        // eslint-disable-next-line no-control-regex -- what must not be there
        expect(inside).not.toMatch(/[\u0000-\u0008\u000a-\u000c\u000e-\u001f\u007f-\u009f]/);
      }),
    );
  });
});
