import { HINTS_BELIEVED, MAX_HINT_MS } from './limits';
import { ladderDelay } from '@holdfast/protocol';
import { ReconnectPolicy, type Plan } from './reconnect-policy';

const waits = (plan: Plan): number => plan.delayMs;

let time = 0;

const policyOf = (random: number): ReconnectPolicy =>
  new ReconnectPolicy(
    () => random,
    () => time,
  );

/** One failed attempt after the other, each at the time that the one before was answered with. */
function fail(policy: ReconnectPolicy, times: number): Plan[] {
  return Array.from({ length: times }, () => {
    const plan = policy.ended({ kind: 'failure' }, false);
    time += plan.delayMs;
    return plan;
  });
}

describe('ReconnectPolicy', () => {
  it('waits up to 0.1, 1, 2, 4, 8, 16 and then 30 s, with full jitter', () => {
    const tops = [0, 1, 2, 3, 4, 5, 6, 7, 20].map((rung) => ladderDelay(rung, () => 1));
    expect(tops).toEqual([100, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
    expect(ladderDelay(3, () => 0)).toBe(0);
    expect(ladderDelay(3, () => 0.5)).toBe(2000);
  });

  it('tries within 100 ms after a connection that had been stable', () => {
    const policy = policyOf(1);
    expect(policy.ended({ kind: 'interruption' }, true)).toEqual({ kind: 'wait', attempt: 1, delayMs: 100 });
  });

  it('opens its breaker at the fifth consecutive failure and then allows one probe each 30 s', () => {
    const policy = policyOf(1);
    const plans = fail(policy, 7);
    expect(plans.map((plan) => plan.kind)).toEqual(['wait', 'wait', 'wait', 'wait', 'probe', 'probe', 'probe']);
    expect(plans.map(waits)).toEqual([1000, 2000, 4000, 8000, 30_000, 30_000, 30_000]);
    policy.succeeded();
    expect(policy.broken).toBe(false);
    expect(policy.attempt).toBe(1);
  });

  it('stays closed for five failures in a moment, which is what a restarting server and luck with the jitter look like', () => {
    const policy = policyOf(0.1);
    // At 0, 0.1, 0.3, 0.7, 1.5 and 3.1 s.
    expect(fail(policy, 6).map((plan) => plan.kind)).toEqual(Array(6).fill('wait'));
    // At 6.1 s the seventh, at 9.1 s the eighth.
    expect(fail(policy, 2).map((plan) => plan.kind)).toEqual(['wait', 'probe']);
  });

  it('opens at the eighth failure however quickly they came', () => {
    const policy = policyOf(0);
    expect(fail(policy, 8).map((plan) => plan.kind)).toEqual([...Array<string>(7).fill('wait'), 'probe']);
  });

  it('climbs the ladder but does not break for connections that work and are cut', () => {
    const policy = policyOf(1);
    const plans = Array.from({ length: 8 }, () => policy.ended({ kind: 'interruption' }, false));
    expect(plans.map(waits)).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  });

  it('obeys a hint instead of the ladder, never early, a little late', () => {
    expect(policyOf(0).ended({ kind: 'failure', hintMs: 7000 }, false).delayMs).toBe(7000);
    expect(policyOf(1).ended({ kind: 'failure', hintMs: 7000 }, false).delayMs).toBe(7700);
    expect(policyOf(0).ended({ kind: 'failure', hintMs: 1e12 }, false).delayMs).toBe(MAX_HINT_MS);
  });

  it('does not probe earlier because of a short hint, but later because of a long one', () => {
    const policy = policyOf(0);
    fail(policy, 4);
    time += 10_000;
    expect(policy.ended({ kind: 'failure', hintMs: 10 }, false).delayMs).toBe(30_000);
    expect(policy.ended({ kind: 'failure', hintMs: 60_000 }, false).delayMs).toBe(60_000);
  });

  it('makes no loop of a server that says "now" each time', () => {
    const policy = policyOf(1);
    const often = { length: HINTS_BELIEVED };
    Array.from(often, () => expect(policy.ended({ kind: 'departure', hintMs: 0 }, false).delayMs).toBe(100));
    const delays = Array.from({ length: 7 }, () => policy.ended({ kind: 'departure', hintMs: 0 }, false).delayMs);
    expect(delays).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
    Array.from(often, () => expect(policy.sentAway(0)).toBe(0));
    expect(Array.from({ length: 4 }, () => policy.sentAway(0))).toEqual([1000, 2000, 4000, 4000]);
    policy.succeeded();
    expect(policy.sentAway(700)).toBe(700);
    expect(policy.sentAway(1e12)).toBe(MAX_HINT_MS);
  });

  it('spreads the clients of a server that left without naming a time', () => {
    expect(policyOf(1).ended({ kind: 'departure' }, true).delayMs).toBe(1000);
  });
});
