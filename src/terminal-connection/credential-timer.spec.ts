import type { Principal } from '../auth/principal';
import { CredentialTimer } from './credential-timer';

const principal = (expiresAtMs: number): Principal => ({
  userId: 'u',
  email: 'u@test.local',
  role: 'member',
  loginId: 'l',
  expiresAtMs,
});

beforeEach(() => jest.useFakeTimers({ now: 0 }));
afterEach(() => jest.useRealTimers());

it('gives notice a minute ahead, then ends', () => {
  const heard: string[] = [];
  const timer = new CredentialTimer(
    Date.now,
    (ms) => heard.push(`notice ${ms}`),
    () => heard.push('end'),
  );
  timer.arm(principal(900_000));
  jest.advanceTimersByTime(839_999);
  expect(heard).toEqual([]);
  jest.advanceTimersByTime(1);
  expect(heard).toEqual(['notice 60000']);
  jest.advanceTimersByTime(60_000);
  expect(heard).toEqual(['notice 60000', 'end']);
});

it('starts again with a renewed credential', () => {
  const end = jest.fn();
  const timer = new CredentialTimer(Date.now, () => undefined, end);
  timer.arm(principal(100_000));
  jest.advanceTimersByTime(99_999);
  timer.arm(principal(300_000));
  jest.advanceTimersByTime(200_000);
  expect(end).not.toHaveBeenCalled();
  jest.advanceTimersByTime(1);
  expect(end).toHaveBeenCalledTimes(1);
});

it('says nothing any more when the socket is gone', () => {
  const end = jest.fn();
  const timer = new CredentialTimer(Date.now, end, end);
  timer.arm(principal(100_000));
  timer.clear();
  jest.advanceTimersByTime(200_000);
  expect(end).not.toHaveBeenCalled();
});
