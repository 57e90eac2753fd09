import { loadConfig } from '../../config/environment';
import { FakeClock } from '../../test/support/fake-clock';
import { RateLimits } from './rate-limits';

const MACHINE = { hostName: 'box', workingDirectory: '/srv/app', searchPath: '/usr/bin', loginShell: () => undefined };

function setUp(env: Readonly<Record<string, string>> = {}) {
  const clock = new FakeClock();
  const limits = new RateLimits(clock, loadConfig(env, MACHINE));
  const hits: string[] = [];
  limits.events.on('hit', ({ kind, key }) => hits.push(`${kind} ${key}`));
  const takeAll = (kind: Parameters<RateLimits['take']>[0], key: string): number => {
    let taken = 0;
    while (limits.take(kind, key).allowed) taken++;
    return taken;
  };
  return { clock, limits, hits, takeAll };
}

describe('RateLimits', () => {
  it('counts each kind and each key for itself', () => {
    const { limits, takeAll } = setUp({ RATE_REQUESTS_PER_ADDRESS: '1' });
    expect(takeAll('http-address', '192.0.2.1')).toBe(20);
    expect(limits.take('http-address', '192.0.2.2')).toEqual({ allowed: true, retryAfterMs: 0 });
    expect(limits.take('upgrade-address', '192.0.2.1').allowed).toBe(true);
  });

  it('says when to come back', () => {
    const { clock, limits, takeAll } = setUp({ RATE_UPGRADES_PER_USER: '2' });
    expect(takeAll('upgrade-user', 'somebody')).toBe(40);
    expect(limits.take('upgrade-user', 'somebody')).toEqual({ allowed: false, retryAfterMs: 500 });
    clock.advance(500);
    expect(limits.take('upgrade-user', 'somebody').allowed).toBe(true);
  });

  it('forgets what did not count', () => {
    const { limits, takeAll } = setUp({ RATE_UPGRADES_PER_ADDRESS: '1' });
    for (let upgrades = 0; upgrades < 100; upgrades++) {
      expect(limits.take('upgrade-address', '192.0.2.1').allowed).toBe(true);
      limits.giveBack('upgrade-address', '192.0.2.1');
    }
    expect(takeAll('upgrade-address', '192.0.2.1')).toBe(20);
  });

  it('takes a network of IPv6 for one address', () => {
    const { limits, takeAll, hits } = setUp({ RATE_UPGRADES_PER_ADDRESS: '1' });
    takeAll('upgrade-address', '2001:db8::1');
    expect(limits.take('upgrade-address', '2001:db8::ffff').allowed).toBe(false);
    expect(hits).toEqual(['upgrade-address 2001:db8:0:0::/64', 'upgrade-address 2001:db8:0:0::/64']);
  });

  it('lets five hundred clients of one address come back at once, by default', () => {
    const { takeAll } = setUp();
    for (const kind of ['http-address', 'http-user', 'upgrade-address', 'upgrade-user'] as const)
      expect(takeAll(kind, '192.0.2.1')).toBeGreaterThanOrEqual(1000);
  });

  it('counts hits, and remembers no more than so many keys', () => {
    const { limits, takeAll } = setUp();
    takeAll('http-user', 'first');
    for (let i = 0; i < 10_000; i++) limits.take('http-user', `user ${i}`);
    expect(limits.take('http-user', 'first').allowed).toBe(true);
    limits.note('input-events', 'user');
    expect([limits.hits('http-user'), limits.hits('input-events'), limits.hits('unread-output')]).toEqual([1, 1, 0]);
  });
});
