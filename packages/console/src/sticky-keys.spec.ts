import { StickyKeys } from './sticky-keys';

describe('sticky keys', () => {
  const pressed = (...keys: ('ctrl' | 'alt')[]): StickyKeys => {
    const sticky = new StickyKeys();
    keys.forEach((key) => sticky.toggle(key));
    return sticky;
  };

  it('change the next key only', () => {
    const sticky = pressed('ctrl');
    expect(sticky.apply('c')).toBe('\x03');
    expect(sticky.apply('c')).toBe('c');
  });

  it.each([
    ['a', '\x01'],
    ['[', '\x1b'],
    [' ', '\0'],
    ['\x1b[D', '\x1b[1;5D'],
    ['\x1bOA', '\x1b[1;5A'],
    ['日', '日'],
  ])('make Ctrl with %j', (key, sent) => expect(pressed('ctrl').apply(key)).toBe(sent));

  it('go together', () => expect(pressed('ctrl', 'alt').apply('c')).toBe('\x1b\x03'));

  it('are let go by a second press', () => {
    const sticky = pressed('alt', 'alt');
    expect(sticky.apply('x')).toBe('x');
  });
});
