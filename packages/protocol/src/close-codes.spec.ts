import { CloseCode, parseCloseHint, reactionTo } from './close-codes';

const WEBSOCKET_CODES = [1000, 1001, 1009, 1011, 1012, 1013];
const MAX_APPLICATION_CODE = 4099;

test('codes are those of WebSocket or lie in 4000–4099, and none is used twice', () => {
  const codes: number[] = Object.values(CloseCode);
  for (const code of codes)
    expect(WEBSOCKET_CODES.includes(code) || (code >= 4000 && code <= MAX_APPLICATION_CODE)).toBe(true);
  expect(new Set(codes).size).toBe(codes.length);
});

test.each([
  [1000, 'stop'],
  [1001, 'reconnect'],
  [1006, 'reconnect'],
  [1009, 'stop'],
  [1011, 'reconnect'],
  [1012, 'reconnect'],
  [1013, 'wait'],
  [4000, 'stop'],
  [4001, 'renew'],
  [4003, 'stop'],
  [4004, 'stop'],
  [4008, 'reconnect'],
  [4009, 'stop'],
  [4010, 'stop'],
  [4023, 'stop'],
  [4026, 'stop'],
  [4029, 'wait'],
  [4050, 'reconnect'],
  [4053, 'wait'],
  [4099, 'reconnect'],
])('after %d a client will %s', (code, reaction) => expect(reactionTo(code)).toBe(reaction));

test('a hint is JSON; anything else is no hint', () => {
  expect(parseCloseHint('{"code":"draining","retryAfterMs":5}')).toEqual({ code: 'draining', retryAfterMs: 5 });
  for (const reason of ['', 'bye', '{', '[1]', 'null']) expect(parseCloseHint(reason)).toEqual({});
});
