import fc from 'fast-check';
import { canonicalJson } from '../chain/canonical-json';
import { cleanEntry, cleanText } from './clean-entry';

const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiJ9.c2lnbmF0dXJlLXNpZ25hdHVyZQ';
const PEM = '-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nMIIEpAIBAAKCAQEA7\n-----END RSA PRIVATE KEY-----';

/** What it looks like, and the part that must be gone. */
const SECRETS: readonly (readonly [string, string])[] = [
  [JWT, 'eyJzdWIiOiI0MiJ9'],
  [`holdfast.bearer.${JWT}`, 'c2lnbmF0'],
  ['Authorization: Bearer abcdef0123456789', 'abcdef0123456789'],
  ['Authorization: Basic dXNlcjpwYXNzd29yZA==', 'dXNlcjpwYXNzd29yZA'],
  ['sk-ant-api03-AbCdEf0123456789_-xyz', 'AbCdEf0123456789'],
  ['ghp_0123456789abcdefghijABCDEFGHIJ012345', '0123456789abcdefghij'],
  ['github_pat_11ABCDEFG0123456789_abcdefghij', 'ABCDEFG0123456789'],
  ['AKIAIOSFODNN7EXAMPLE', 'IOSFODNN7'],
  ['password=hunter22', 'hunter22'],
  ['"newPassword": "hunter22"', 'hunter22'],
  ['api_key: hunter22;', 'hunter22'],
  ['/ws/terminal?cols=80&ticket=Zm9vYmFyYmF6&rows=24', 'Zm9vYmFyYmF6'],
  ['postgres://app:hunter22@db.example/app', 'hunter22'],
  [PEM, 'MIIEpAIBAAKCAQEA7'],
  [PEM.slice(0, 70), 'Proc-Type'],
];

describe('a text', () => {
  it.each(SECRETS)('loses its secret: %s', (text, secret) => {
    expect(cleanText(text)).not.toContain(secret);
  });

  it('loses it wherever it stands, and leaves no character that a terminal obeys', () => {
    const around = fc.string({ unit: 'binary', maxLength: 40 }).map((text) => `${text} `);
    fc.assert(
      fc.property(around, fc.constantFrom(...SECRETS), around, (before, [text, secret], after) => {
        const cleaned = cleanText(`${before}${text} ${after}`, 4096);
        expect(cleaned).not.toContain(secret);
        expect(cleaned).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }),
    );
  });

  it('keeps what is none', () => {
    const text = 'alice@example.com opened session_1764000000000_abc in "Tokens and tickets"';
    expect(cleanText(text)).toBe(text);
  });

  it('is cut to its bound, and looked through in a moment however it is made', () => {
    const hostile = ['://a:', 'password', '-----BEGIN PRIVATE KEY-----', 'Bearer ', 'eyJ-', '\u001b[', 'token = '];
    for (const piece of hostile) {
      const since = performance.now();
      expect(cleanText(piece.repeat(1_000_000 / piece.length)).length).toBeLessThanOrEqual(321);
      expect(performance.now() - since).toBeLessThan(250);
    }
  });
});

describe('an entry', () => {
  const clean = (data: Record<string, unknown>) => cleanEntry({ code: 'user.changed', outcome: 'ok', data }).data;

  it('loses what stands under the name of a credential, however deep', () => {
    const data = clean({
      asked: { email: 'a@b', password: 'hunter22', deep: [{ refresh_token: 'x' }], hasPassword: true },
    });
    expect(data).toEqual({
      asked: { email: 'a@b', password: '[redacted]', deep: [{ refresh_token: '[redacted]' }], hasPassword: true },
    });
  });

  it('is bounded in depth, number and bytes', () => {
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`key${n}`, n]));
    expect(Object.keys(clean(many))).toHaveLength(51);
    expect(JSON.stringify(clean({ a: { b: { c: { d: { e: 1 } } } } }))).toBe('{"a":{"b":{"c":{"d":"…"}}}}');
    const large = Object.fromEntries(Object.keys(many).map((key) => [key, 'x'.repeat(10_000)]));
    expect(JSON.stringify(clean(large)).length).toBeLessThan(16 * 1024 + 1000);
    expect(clean({ list: Array.from({ length: 1000 }, () => 'y'.repeat(600)) })).toMatchObject({ truncated: true });
  });

  it('takes anything that a request may put into it', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        const content = cleanEntry({
          code: 'auth.login.failed',
          outcome: 'refused',
          actor: { email: value as string },
          data: { asked: value },
        });
        expect(canonicalJson(JSON.parse(JSON.stringify(content)))).toBe(canonicalJson(content));
      }),
    );
  });
});
