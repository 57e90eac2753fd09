import { FakeClock } from '../../test/support/fake-clock';
import { CircuitBreaker, type Permit } from './circuit-breaker';
import { CircuitBreakers } from './circuit-breakers';

const SETTINGS = { threshold: 3, windowMs: 1000, resetTimeoutMs: 500 };

function setUp() {
  const clock = new FakeClock();
  return { clock, breaker: new CircuitBreaker('postgres', SETTINGS, clock) };
}

function admit(breaker: CircuitBreaker): Permit {
  const admission = breaker.admit();
  if (!admission.admitted) throw new Error('the circuit is open');
  return admission.permit;
}

function open(breaker: CircuitBreaker): void {
  for (let i = 0; i < SETTINGS.threshold; i++) admit(breaker).failed();
}

describe('CircuitBreaker', () => {
  it('opens at the threshold and answers with the time left', () => {
    const { clock, breaker } = setUp();
    admit(breaker).failed();
    admit(breaker).failed();
    expect(breaker.snapshot()).toMatchObject({ state: 'closed', failures: 2, openedAt: null, retryAfterMs: 0 });
    admit(breaker).failed();
    clock.advance(100);
    expect(breaker.admit()).toEqual({ admitted: false, retryAfterMs: 400 });
    expect(breaker.snapshot()).toMatchObject({ state: 'open', openedAt: clock.now() - 100, retryAfterMs: 400 });
  });

  it('forgets failures that are older than the window', () => {
    const { clock, breaker } = setUp();
    admit(breaker).failed();
    admit(breaker).failed();
    clock.advance(1000);
    admit(breaker).failed();
    expect(breaker.snapshot()).toMatchObject({ state: 'closed', failures: 1 });
  });

  it('lets exactly one probe through after the reset timeout', () => {
    const { clock, breaker } = setUp();
    open(breaker);
    clock.advance(500);
    const probe = admit(breaker);
    expect(breaker.admit()).toEqual({ admitted: false, retryAfterMs: 500 });
    probe.succeeded();
    expect(breaker.snapshot()).toMatchObject({ state: 'closed', failures: 0 });
  });

  it('lets the next attempt be the probe when one was given up, and forgets nothing by it', () => {
    const { clock, breaker } = setUp();
    open(breaker);
    clock.advance(500);
    admit(breaker).abandoned();
    const probe = admit(breaker);
    expect(breaker.admit()).toEqual({ admitted: false, retryAfterMs: 500 });
    probe.failed();
    expect(breaker.snapshot()).toMatchObject({ state: 'open', retryAfterMs: 500 });
  });

  it('counts nothing that was given up while it is closed', () => {
    const { breaker } = setUp();
    for (let i = 0; i < SETTINGS.threshold; i++) admit(breaker).abandoned();
    expect(breaker.snapshot()).toMatchObject({ state: 'closed', failures: 0 });
  });

  it('opens again when the probe fails', () => {
    const { clock, breaker } = setUp();
    open(breaker);
    clock.advance(500);
    admit(breaker).failed();
    expect(breaker.admit()).toEqual({ admitted: false, retryAfterMs: 500 });
    expect(breaker.snapshot().transitions.map(({ to }) => to)).toEqual(['open', 'half-open', 'open']);
  });

  it('gives up on a probe that never reports, and ignores its late report', () => {
    const { clock, breaker } = setUp();
    open(breaker);
    clock.advance(500);
    const lost = admit(breaker);
    clock.advance(500);
    const second = admit(breaker);
    lost.failed();
    expect(breaker.snapshot().state).toBe('half-open');
    second.succeeded();
    expect(breaker.snapshot().state).toBe('closed');
  });

  it('ignores what began before it opened', () => {
    const { breaker } = setUp();
    const early = admit(breaker);
    open(breaker);
    early.succeeded();
    expect(breaker.snapshot().state).toBe('open');
  });

  it('counts one report of each permit', () => {
    const { breaker } = setUp();
    const permit = admit(breaker);
    permit.failed();
    permit.failed();
    permit.failed();
    expect(breaker.snapshot()).toMatchObject({ state: 'closed', failures: 1 });
  });

  it('runs attempts and refuses them with circuit_open', async () => {
    const { breaker } = setUp();
    await expect(breaker.run(async () => 'value')).resolves.toBe('value');
    for (let i = 0; i < SETTINGS.threshold; i++) {
      await expect(breaker.run(() => Promise.reject(new Error('down')))).rejects.toThrow('down');
    }
    await expect(breaker.run(async () => 'value')).rejects.toMatchObject({
      code: 'circuit_open',
      options: { retryable: true, retryAfterMs: 500 },
    });
    breaker.reset();
    await expect(breaker.run(async () => 'value')).resolves.toBe('value');
  });

  it('can be opened by who knows that attempts are of no use, and is closed by a probe like any other', () => {
    const { clock, breaker } = setUp();
    breaker.trip();
    expect(breaker.admit()).toEqual({ admitted: false, retryAfterMs: 500 });
    clock.advance(500);
    admit(breaker).succeeded();
    expect(breaker.snapshot().state).toBe('closed');
  });

  it('keeps a bounded history of transitions', () => {
    const { clock, breaker } = setUp();
    open(breaker);
    for (let i = 0; i < 30; i++) {
      clock.advance(500);
      admit(breaker).failed();
    }
    expect(breaker.snapshot().transitions).toHaveLength(20);
  });
});

describe('CircuitBreakers', () => {
  it('gives the same breaker for the same name and lists them all', () => {
    const breakers = new CircuitBreakers(SETTINGS, new FakeClock());
    expect(breakers.of('redis')).toBe(breakers.of('redis'));
    expect(breakers.forKey('s:p')).toBe(breakers.forKey('s:p'));
    expect(breakers.list().map(({ name }) => name)).toEqual(['postgres', 'redis', 'pty-host', 'claude-api', 's:p']);
  });

  it('forgets the least recently used session beyond its bound, never a dependency', () => {
    const breakers = new CircuitBreakers(SETTINGS, new FakeClock());
    const dependency = breakers.of('postgres');
    const first = breakers.forKey('0');
    const second = breakers.forKey('1');
    for (let i = 2; i < 10_000; i++) breakers.forKey(String(i));
    breakers.forKey('0');
    breakers.forKey('one more');
    expect(breakers.forKey('0')).toBe(first);
    expect(breakers.forKey('1')).not.toBe(second);
    expect(breakers.of('postgres')).toBe(dependency);
  });

  it('announces every transition, by name', () => {
    const clock = new FakeClock();
    const breakers = new CircuitBreakers(SETTINGS, clock);
    const heard: string[] = [];
    breakers.events.on('transition', ({ name, from, to }) => heard.push(`${name}: ${from} → ${to}`));
    open(breakers.of('redis'));
    clock.advance(500);
    admit(breakers.of('redis')).succeeded();
    open(breakers.forKey('s:p'));
    expect(heard).toEqual([
      'redis: closed → open',
      'redis: open → half-open',
      'redis: half-open → closed',
      's:p: closed → open',
    ]);
  });

  it('gives a dependency its own settings', () => {
    const breakers = new CircuitBreakers(SETTINGS, new FakeClock(), { postgres: { resetTimeoutMs: 20 } });
    open(breakers.of('postgres'));
    open(breakers.of('redis'));
    expect(breakers.list().map(({ retryAfterMs }) => retryAfterMs)).toEqual([20, 500, 0, 0]);
  });

  it('lets sessions try again as soon as a dependency has recovered', () => {
    const clock = new FakeClock();
    const breakers = new CircuitBreakers(SETTINGS, clock);
    open(breakers.forKey('s:p'));
    open(breakers.of('postgres'));
    clock.advance(500);
    open(breakers.forKey('other:p'));
    admit(breakers.of('postgres')).succeeded();
    expect(breakers.list().filter(({ state }) => state !== 'closed')).toEqual([]);
  });

  it('finds what exists without making it', () => {
    const breakers = new CircuitBreakers(SETTINGS, new FakeClock());
    expect(breakers.find('s:p')).toBeUndefined();
    expect(breakers.find('s:p')).toBeUndefined();
    expect(breakers.forKey('s:p')).toBe(breakers.find('s:p'));
    expect(breakers.find('claude-api')).toBe(breakers.of('claude-api'));
  });
});
