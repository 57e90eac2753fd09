import { FakeClock } from '../../test/support/fake-clock';
import { RecentRevocations } from './recent-revocations';

function setUp() {
  const clock = new FakeClock();
  const revocations = new RecentRevocations(900_000, clock);
  const token = (issuedAtMs = clock.now()) => ({ loginId: 'login', userId: 'user', issuedAtMs });
  return { clock, revocations, token };
}

describe('RecentRevocations', () => {
  it('knows a revoked login whenever its token was issued', () => {
    const { clock, revocations, token } = setUp();
    revocations.addLogin('login');
    clock.advance(1);
    expect(revocations.has(token())).toBe(true);
    expect(revocations.has({ ...token(), loginId: 'other' })).toBe(false);
  });

  it('refuses tokens of a user from before the revocation and takes those of a login after it', () => {
    const { clock, revocations, token } = setUp();
    const before = token();
    revocations.addUser('user');
    clock.advance(1);
    expect(revocations.has(before)).toBe(true);
    expect(revocations.has(token())).toBe(false);
  });

  it('forgets what no living token can be about', () => {
    const { clock, revocations, token } = setUp();
    revocations.addLogin('login');
    clock.advance(900_001);
    for (let i = 0; i < 1000; i++) revocations.addLogin(`other-${i}`);
    expect(revocations.has(token())).toBe(false);
    expect(revocations.has({ ...token(), loginId: 'other-0' })).toBe(true);
  });
});
