import { MAX_HINT_MS } from './limits';
import { ladderDelay } from '@holdfast/protocol';
import { ReconnectPolicy, type Plan } from './reconnect-policy';

const waits = (plan: Plan): number => plan.delayMs;

describe('ReconnectPolicy', () => {
  it('waits up to 0.1, 1, 2, 4, 8, 16 and then 30 s, with full jitter', () => {
    const tops = [0, 1, 2, 3, 4, 5, 6, 7, 20].map((rung) => ladderDelay(rung, () => 1));
    expect(tops).toEqual([100, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
    expect(ladderDelay(3, () => 0)).toBe(0);
    expect(ladderDelay(3, () => 0.5)).toBe(2000);
  });

  it('tries within 100 ms after a connection that had been stable', () => {
    const policy = new ReconnectPolicy(() => 1);
    expect(policy.ended({ kind: 'interruption' }, true)).toEqual({ kind: 'wait', attempt: 1, delayMs: 100 });
  });

  it('opens its breaker at the fifth consecutive failure and then allows one probe each 30 s', () => {
    const policy = new ReconnectPolicy(() => 1);
    const plans = Array.from({ length: 7 }, () => policy.ended({ kind: 'failure' }, false));
    expect(plans.map((plan) => plan.kind)).toEqual(['wait', 'wait', 'wait', 'wait', 'probe', 'probe', 'probe']);
    expect(plans.map(waits)).toEqual([1000, 2000, 4000, 8000, 30_000, 30_000, 30_000]);
    policy.succeeded();
    expect(policy.broken).toBe(false);
    expect(policy.attempt).toBe(1);
  });

  it('climbs the ladder but does not break for connections that work and are cut', () => {
    const policy = new ReconnectPolicy(() => 1);
    const plans = Array.from({ length: 8 }, () => policy.ended({ kind: 'interruption' }, false));
    expect(plans.map(waits)).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  });

  it('obeys a hint instead of the ladder, never early, a little late', () => {
    expect(new ReconnectPolicy(() => 0).ended({ kind: 'failure', hintMs: 7000 }, false).delayMs).toBe(7000);
    expect(new ReconnectPolicy(() => 1).ended({ kind: 'failure', hintMs: 7000 }, false).delayMs).toBe(7700);
    expect(new ReconnectPolicy(() => 0).ended({ kind: 'failure', hintMs: 1e12 }, false).delayMs).toBe(MAX_HINT_MS);
  });

  it('does not probe earlier because of a short hint, but later because of a long one', () => {
    const policy = new ReconnectPolicy(() => 0);
    for (let i = 0; i < 4; i += 1) policy.ended({ kind: 'failure' }, false);
    expect(policy.ended({ kind: 'failure', hintMs: 10 }, false).delayMs).toBe(30_000);
    expect(policy.ended({ kind: 'failure', hintMs: 60_000 }, false).delayMs).toBe(60_000);
  });

  it('spreads the clients of a server that left without naming a time', () => {
    expect(new ReconnectPolicy(() => 1).ended({ kind: 'departure' }, true).delayMs).toBe(1000);
  });
});
