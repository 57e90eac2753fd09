import { isTyped } from './reply-filter';

describe('what an emulator sends', () => {
  it.each(['\x1b[12;40R', '\x1b[?1;2c', '\x1b]11;rgb:1010/1515/1c1c\x1b\\', '\x1b[I'])('%j was not typed', (data) => {
    expect(isTyped(data)).toBe(false);
  });

  it.each(['a', '\r', '\x03', '\x1b', '\x1b[A', '\x1bOP', '\x1b[200~ls\x1b[201~', '日'])('%j was typed', (data) => {
    expect(isTyped(data)).toBe(true);
  });

  it('does not take the mouse for typing', () => {
    expect(isTyped('\x1b[<0;10;5M')).toBe(false);
  });
});
