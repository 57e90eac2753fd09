import { SecretBox } from './secret-box';

const SECRET = Buffer.from('a TOTP secret');
const [OLD, NEW] = ['the key of last year, long enough', 'the key of this year, long enough'];
const UNREADABLE = expect.objectContaining({ code: 'unavailable' }) as Error;

describe('SecretBox', () => {
  it('gives back what it sealed, which looks different each time', () => {
    const box = new SecretBox([NEW]);
    const [one, other] = [box.seal(SECRET, 'totp:1'), box.seal(SECRET, 'totp:1')];
    expect(one).not.toBe(other);
    expect(one).not.toContain(SECRET.toString('base64url'));
    expect([box.open(one, 'totp:1'), box.open(other, 'totp:1')]).toEqual([SECRET, SECRET]);
  });

  it('refuses what was sealed for something else, was changed, or is none', () => {
    const box = new SecretBox([NEW]);
    const sealed = box.seal(SECRET, 'totp:1');
    expect(() => box.open(sealed, 'totp:2')).toThrow(UNREADABLE);
    const changed = sealed.slice(0, -3) + (sealed.at(-3) === 'A' ? 'B' : 'A') + sealed.slice(-2);
    for (const bad of [changed, '', 'v1', 'v1.00000000.', sealed.slice(0, 20), SECRET.toString()]) {
      expect(() => box.open(bad, 'totp:1')).toThrow(UNREADABLE);
    }
  });

  it('opens with an earlier key and says that it should be sealed again', () => {
    const sealed = new SecretBox([OLD]).seal(SECRET, 'totp:1');
    const rotated = new SecretBox([NEW, OLD]);
    expect(rotated.open(sealed, 'totp:1')).toEqual(SECRET);
    expect(rotated.isCurrent(sealed)).toBe(false);
    expect(rotated.isCurrent(rotated.seal(SECRET, 'totp:1'))).toBe(true);
    expect(() => new SecretBox([NEW]).open(sealed, 'totp:1')).toThrow(UNREADABLE);
  });
});
