import { isAutomatic, isTyped } from './reply-filter';

describe('what an emulator sends', () => {
  it.each([
    ['\x1b[12;40R', 'the cursor position'],
    ['\x1b[?1;2c', 'the device attributes'],
    ['\x1b[>0;276;0c', 'the secondary device attributes'],
    ['\x1b[0n', 'that it is well'],
    ['\x1b[?2004;1$y', 'a mode'],
    ['\x1b]11;rgb:1010/1515/1c1c\x1b\\', 'a colour'],
    ['\x1bP1$r0m\x1b\\', 'a setting'],
    ['\x1b[I', 'that it has the focus'],
  ])('%j is automatic: it says %s', (data) => {
    expect(isAutomatic(data)).toBe(true);
    expect(isTyped(data)).toBe(false);
  });

  it.each([
    'a',
    '\r',
    '\x03',
    '\x1b',
    '\x1b[A',
    '\x1bOP',
    '\x1b[15~',
    '\x1b[1;5C',
    '\x1bb',
    '\x1b[200~ls\x1b[201~',
    '日',
  ])('%j is typed', (data) => {
    expect(isAutomatic(data)).toBe(false);
    expect(isTyped(data)).toBe(true);
  });

  it('passes the mouse on without taking it for typing', () => {
    expect(isAutomatic('\x1b[<0;10;5M')).toBe(false);
    expect(isTyped('\x1b[<0;10;5M')).toBe(false);
  });
});
