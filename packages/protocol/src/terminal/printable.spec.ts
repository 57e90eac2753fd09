import { printable, printableText } from './printable';

describe('printable text', () => {
  it.each([
    ['control characters', 'a\x00\x07\x1b[31m\r\nb\x7f\x85\x9bc', 'a[31mbc'],
    ['marks that turn the direction', 'invoice\u202efdp.exe\u2066\u2069\u200f', 'invoicefdp.exe'],
    ['separators of lines', 'one\u2028two\u2029', 'onetwo'],
    ['invisible tags', `a\u{e0041}\u{e007f}b`, 'ab'],
    ['halves of a character', 'a\ud83db\udc4d', 'ab'],
  ])('has no %s', (_name, text, clean) => {
    expect(printable(text, 100)).toBe(clean);
  });

  it.each(['Größe – 漢字', 'שלום', 'مرحبا', '👩‍👩‍👧 e\u0301'])('keeps %s', (text) => {
    expect(printable(text, 100)).toBe(text);
  });

  it('is as long as it may be, and ends with a whole character', () => {
    expect(printable('abcdef', 3)).toBe('abc');
    expect(printable('ab👍c', 3)).toBe('ab');
    expect(printable('ab👍c', 4)).toBe('ab👍');
  });
});

describe('printable text of several lines', () => {
  it('keeps newlines and tabs, and shows what else is hidden', () => {
    expect(printableText('a\n\tb\r\nc\x1b[8mrm\b\u202e', 100)).toEqual({
      text: 'a\n\tb\nc\ufffd[8mrm\ufffd\ufffd',
      cut: false,
    });
  });

  it('says that it was cut, and ends with a whole character', () => {
    expect(printableText('ab👍c', 3)).toEqual({ text: 'ab', cut: true });
    expect(printableText('ab👍c', 5)).toEqual({ text: 'ab👍c', cut: false });
  });
});
