import { Backoff } from './backoff';

it('climbs the ladder to 30 s and stays there', () => {
  const backoff = new Backoff(() => 1);
  expect([1, 2, 3, 4, 5, 6, 7, 50].map((failures) => backoff.delayMs(failures))).toEqual([
    1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000,
  ]);
});

it('spreads waits over the whole range', () => {
  expect(new Backoff(() => 0).delayMs(6)).toBe(0);
  expect(new Backoff(() => 0.5).delayMs(6)).toBe(15_000);
});
