import { parseSessionId, storageKey } from './session-ids';

it.each([null, undefined, '', '  ', 'null', 'NULL', 'undefined', 'None'])('takes %p for "make a new one"', (raw) => {
  expect(parseSessionId(raw)).toEqual({ kind: 'new' });
});

it('knows today’s form', () => {
  expect(parseSessionId('session_1795248912785_2zu9nvffeute25zc')).toEqual({
    kind: 'current',
    id: 'session_1795248912785_2zu9nvffeute25zc',
  });
});

it.each([
  '7c9e6679-7425-40de-944b-e07fc1f90ae7',
  'term_abc-1',
  'terminal-xyz_2',
  'session-1234567890',
  'claude_abcdef',
  '1234567890',
])('knows the legacy form %s', (id) => {
  expect(parseSessionId(id)).toEqual({ kind: 'legacy', id });
});

it.each(['../x', 'session_', 'session_1_UPPER', 'term_', 'a b', 'session_1_x;rm', '${x}', 'term_x/../y', '½'])(
  'refuses %p',
  (raw) => {
    expect(() => parseSessionId(raw)).toThrow(expect.objectContaining({ code: 'bad_session_id' }) as Error);
  },
);

it('keeps one id in two projects apart', () => {
  expect(storageKey('session_1_a', 'one')).not.toBe(storageKey('session_1_a', 'two'));
});
