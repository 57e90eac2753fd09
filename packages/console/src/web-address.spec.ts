import { webAddress } from './web-address';

describe('the address of a link', () => {
  it.each([
    'javascript:alert(1)',
    'file:///etc/passwd',
    'data:text/html,x',
    'vbscript:x',
    'x-help:y',
    '//evil.example',
    'text',
  ])('is none of a page: %s', (text) => {
    expect(webAddress(text)).toBeUndefined();
  });

  it('does not pretend to be of another site', () => {
    expect(webAddress('https://bank.example@evil.example/')).toBeUndefined();
    expect(webAddress('https://bank.example:x@evil.example/')).toBeUndefined();
    expect(webAddress('https://b\u0430nk.example/')?.host).toBe('xn--bnk-6cd.example');
    expect(webAddress('https://x.example/\u202etxt.exe')?.href).toBe('https://x.example/%E2%80%AEtxt.exe');
  });
});
