import { createSecretKey } from 'node:crypto';
import { JwtService } from '@nestjs/jwt';
import { FakeClock } from '../../test/support/fake-clock';
import { loadConfig } from '../../config/environment';
import { AccessTokens } from './access-tokens';
import { RecentRevocations } from './recent-revocations';

const CALLER = {
  userId: '0b1f6ad0-6f0c-4f9e-8f0a-000000000001',
  email: 'a@b',
  role: 'member',
  loginId: '0b1f6ad0-6f0c-4f9e-8f0a-000000000002',
} as const;

const UNAUTHENTICATED = expect.objectContaining({ code: 'unauthenticated' }) as Error;

function setUp() {
  const clock = new FakeClock();
  const revocations = new RecentRevocations(900_000, clock);
  const jwt = new JwtService({ secret: createSecretKey(Buffer.alloc(32, 'k')) });
  return { clock, jwt, revocations, tokens: new AccessTokens(jwt, revocations, clock, loadConfig({})) };
}

/** Header and payload as given, signed with nothing. */
function forged(header: object, payload: object): string {
  return `${[header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.`;
}

describe('AccessTokens', () => {
  it('gives back who it was signed for, and until when', () => {
    const { clock, tokens } = setUp();
    const { token, expiresIn } = tokens.sign(CALLER);
    expect(expiresIn).toBe(900);
    expect(tokens.verify(token)).toEqual({ ...CALLER, expiresAtMs: clock.now() + 900_000 });
  });

  it('ends', () => {
    const { clock, tokens } = setUp();
    const { token } = tokens.sign(CALLER);
    clock.advance(900_000);
    expect(() => tokens.verify(token)).toThrow(UNAUTHENTICATED);
  });

  it('ends with its login', () => {
    const { revocations, tokens } = setUp();
    const { token } = tokens.sign(CALLER);
    revocations.addLogin(CALLER.loginId);
    expect(() => tokens.verify(token)).toThrow(UNAUTHENTICATED);
  });

  it('is refused when forged, or made for something else', () => {
    const { clock, jwt, tokens } = setUp();
    const exp = Math.floor(clock.now() / 1000) + 60;
    const claims = { sub: CALLER.userId, sid: CALLER.loginId, email: 'a@b', role: 'admin', issued: clock.now(), exp };
    const good = { ...claims, iss: 'holdfast', aud: 'holdfast:access' };
    const { exp: _, ...endless } = good;
    const typ = { header: { alg: 'HS256', typ: 'at+jwt' } };
    expect(tokens.verify(jwt.sign(good, typ)).role).toBe('admin');
    const [header = '', , signature = ''] = tokens.sign(CALLER).token.split('.');
    const bad = [
      '',
      'x',
      forged({ alg: 'none', typ: 'at+jwt' }, good),
      `${header}.${Buffer.from(JSON.stringify(good)).toString('base64url')}.${signature}`,
      jwt.sign(good),
      jwt.sign({ ...good, aud: 'other' }, typ),
      jwt.sign({ ...good, iss: 'other' }, typ),
      jwt.sign({ ...good, sub: undefined }, typ),
      jwt.sign(endless, typ),
      new JwtService({ secret: createSecretKey(Buffer.alloc(32, 'x')) }).sign(good, typ),
      jwt.sign(good, { ...typ, algorithm: 'HS512', header: { alg: 'HS512', typ: 'at+jwt' } }),
    ];
    for (const token of bad) {
      expect(() => tokens.verify(token)).toThrow(UNAUTHENTICATED);
    }
  });
});
