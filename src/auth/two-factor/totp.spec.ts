import { toBase32 } from './base32';
import { codeOf, matchingStep, otpauthUri, stepAt } from './totp';

const SECRET = Buffer.from('12345678901234567890');

describe('TOTP', () => {
  // RFC 6238, appendix B, SHA-1.
  it.each([
    [59, '94287082'],
    [1111111109, '07081804'],
    [1111111111, '14050471'],
    [1234567890, '89005924'],
    [2000000000, '69279037'],
    [20000000000, '65353130'],
  ])('at %i s is %s, as the RFC says', (seconds, code) => {
    expect(codeOf(SECRET, stepAt(seconds * 1000), 8)).toBe(code);
  });

  // RFC 4226, appendix D.
  it('is HOTP of the step', () => {
    const codes = Array.from({ length: 10 }, (_, step) => codeOf(SECRET, step));
    expect(codes).toEqual([
      '755224',
      '287082',
      '359152',
      '969429',
      '338314',
      '254676',
      '287922',
      '162583',
      '399871',
      '520489',
    ]);
  });

  it('is accepted one step early or late, and not two', () => {
    const now = 1_700_000_000_000;
    const step = stepAt(now);
    for (const away of [-1, 0, 1]) expect(matchingStep(SECRET, codeOf(SECRET, step + away), now)).toBe(step + away);
    for (const away of [-2, 2]) expect(matchingStep(SECRET, codeOf(SECRET, step + away), now)).toBeUndefined();
    for (const code of ['', '0', '1234567', 'abcdef', '１２３４５６']) {
      expect(matchingStep(SECRET, code, now)).toBeUndefined();
    }
  });

  it('is told to an app as a URI', () => {
    expect(otpauthUri(SECRET, 'a b@c.d')).toBe(
      'otpauth://totp/Holdfast%3Aa%20b%40c.d?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Holdfast&algorithm=SHA1&digits=6&period=30',
    );
  });
});

describe('toBase32', () => {
  // RFC 4648, section 10, without the padding.
  it.each([
    ['', ''],
    ['f', 'MY'],
    ['fo', 'MZXQ'],
    ['foo', 'MZXW6'],
    ['foob', 'MZXW6YQ'],
    ['fooba', 'MZXW6YTB'],
    ['foobar', 'MZXW6YTBOI'],
  ])('of %j is %j', (text, expected) => expect(toBase32(Buffer.from(text))).toBe(expected));
});
