import { continuesByItself } from './auto-continue';

const NOW = 1_000_000_000;
const MINUTE = 60_000;
const decide = (interrupted: boolean, autoContinue: boolean, minutesAgo: readonly number[] = []): boolean =>
  continuesByItself(
    { interrupted, autoContinue, autoContinued: minutesAgo.map((minutes) => NOW - minutes * MINUTE) },
    NOW,
  );

it('goes on by itself only where that was asked for, and something was interrupted', () => {
  expect(decide(true, true)).toBe(true);
  expect(decide(true, false)).toBe(false);
  expect(decide(false, true)).toBe(false);
});

it('stops after three times within an hour: what is interrupted again and again has a reason', () => {
  expect(decide(true, true, [50, 20])).toBe(true);
  expect(decide(true, true, [50, 20, 1])).toBe(false);
  expect(decide(true, true, [61, 20, 1])).toBe(true);
});

it('is not stopped for longer by a clock that was set back', () => {
  expect(decide(true, true, [-600, -300, -100])).toBe(true);
});
