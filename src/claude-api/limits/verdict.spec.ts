import { verdictOf } from './verdict';

const NOW = Date.UTC(2030, 0, 1);

describe('verdictOf', () => {
  it.each([
    [200, 'answer'],
    [400, 'answer'],
    [402, 'answer'],
    [404, 'answer'],
    [413, 'answer'],
    [401, 'key'],
    [403, 'key'],
    [429, 'limited'],
    [500, 'failing'],
    [503, 'failing'],
    [529, 'failing'],
    [302, 'redirect'],
  ])('takes %i for: %s', (status, kind) => expect(verdictOf(status, {}, NOW).kind).toBe(kind));

  it.each([
    ['3', 3_000],
    ['0.5', 500],
    ['-1', 0],
    [new Date(NOW + 7_000).toUTCString(), 7_000],
    [new Date(NOW - 7_000).toUTCString(), 0],
    ['soon', undefined],
    ['', undefined],
  ])('reads retry-after %j as %p ms', (text, retryAfterMs) =>
    expect(verdictOf(429, { 'retry-after': text }, NOW)).toEqual({ kind: 'limited', retryAfterMs }),
  );
});
