import { FakeClock } from '../../../test/support/fake-clock';
import { RateBudget } from './rate-budget';

const REQUEST = { model: 'm', inputTokens: 1_000, outputTokens: 1_000 };

function setUp() {
  const clock = new FakeClock();
  const budget = new RateBudget(clock);
  const waitOf = (request = REQUEST): number => Math.max(0, budget.startAt(request) - clock.monotonic());
  const said = (kind: string, limit: number | undefined, remaining: number, resetInMs: number) => ({
    ...(limit !== undefined && { [`anthropic-ratelimit-${kind}-limit`]: String(limit) }),
    [`anthropic-ratelimit-${kind}-remaining`]: String(remaining),
    [`anthropic-ratelimit-${kind}-reset`]: new Date(clock.now() + resetInMs).toISOString(),
  });
  return { clock, budget, waitOf, said };
}

describe('RateBudget', () => {
  it('holds nothing back before it knows anything', () => {
    expect(setUp().waitOf()).toBe(0);
  });

  it('waits as long as a 429 says, then lets one after the other go', () => {
    const { clock, budget, waitOf } = setUp();
    budget.limited('m', 6_000);
    expect(waitOf()).toBe(6_000);
    clock.advance(6_000);
    expect(waitOf()).toBe(0);
    budget.started(REQUEST);
    expect(waitOf()).toBe(100);
    clock.advance(10_000);
    budget.started(REQUEST);
    expect(waitOf()).toBe(0);
  });

  it('never takes back a longer wait for a shorter one', () => {
    const { budget, waitOf } = setUp();
    budget.limited('m', 6_000);
    budget.limited('m', 1_000);
    expect(waitOf()).toBe(6_000);
  });

  it('waits until enough has been filled up again, because the API fills steadily', () => {
    const { clock, budget, waitOf, said } = setUp();
    budget.read('m', said('requests', 60, 1, 59_000));
    expect(waitOf()).toBe(0);
    budget.started(REQUEST);
    expect(waitOf()).toBe(1_000);
    clock.advance(1_000);
    expect(waitOf()).toBe(0);
  });

  it('waits for all of it when it does not know how fast it fills', () => {
    const { budget, waitOf, said } = setUp();
    budget.read('m', said('requests', undefined, 0, 5_000));
    expect(waitOf()).toBe(5_000);
  });

  it('holds back when few tokens are left, not when a prompt is long: most of it is cached', () => {
    const { budget, waitOf, said } = setUp();
    budget.read('m', said('input-tokens', 100_000, 5_000, 60_000));
    expect(waitOf({ ...REQUEST, inputTokens: 150_000 })).toBe(0);
    budget.read('m', said('input-tokens', 100_000, 0, 60_000));
    expect(waitOf({ ...REQUEST, inputTokens: 150_000 })).toBe(3_000);
    budget.read('m', said('output-tokens', 10_000, 0, 60_000));
    expect(waitOf()).toBe(3_000);
  });

  it('believes the newest answer', () => {
    const { budget, waitOf, said } = setUp();
    budget.read('m', said('requests', 60, 0, 60_000));
    budget.read('m', said('requests', 60, 30, 30_000));
    expect(waitOf()).toBe(0);
  });

  it('knows each model for itself', () => {
    const { budget, waitOf } = setUp();
    budget.limited('m', 6_000);
    expect(waitOf({ ...REQUEST, model: 'other' })).toBe(0);
  });

  it('is not stopped by nonsense', () => {
    const { budget, waitOf, said } = setUp();
    budget.read('m', { 'anthropic-ratelimit-requests-remaining': '-5', 'anthropic-ratelimit-requests-reset': 'soon' });
    budget.read('m', said('requests', 60, 0, -60_000));
    expect(waitOf()).toBe(0);
    budget.read('m', said('requests', undefined, 0, 400 * 24 * 3_600_000));
    expect(waitOf()).toBeLessThanOrEqual(24 * 3_600_000);
    for (let i = 0; i < 1_000; i++) budget.limited(`model-${i}`, 1);
    expect(waitOf()).toBe(0);
  });
});
