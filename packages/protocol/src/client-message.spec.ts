import fc from 'fast-check';
import { MAX_CELLS, MAX_ID_LENGTH, parseClientMessage } from './client-message';
import { SIGNALS } from './events';

const open = {
  channel: 1,
  projectId: 'p',
  cols: 80,
  rows: 24,
  writerId: '0b8f4d1e-8b1d-4f7e-9d3c-2a1b3c4d5e6f',
};
const valid: Record<string, object> = {
  open,
  resize: { channel: 1, cols: 80, rows: 24 },
  visibility: { channel: 1, visible: false },
  detach: { channel: 1 },
  terminate: { channel: 1 },
  signal: { channel: 1, signal: 'INT' },
  'auth.renew': { token: 't' },
  ping: {},
};

const parse = (event: string, data: unknown, id?: unknown) => parseClientMessage(JSON.stringify({ event, data, id }));

test.each(Object.entries(valid))('%s is understood, with and without an id', (event, data) => {
  expect(parse(event, data)).toEqual({ ok: true, message: { event, data, id: undefined } });
  expect(parse(event, data, 'x')).toEqual({ ok: true, message: { event, data, id: 'x' } });
});

test('fields that a newer client may send are ignored', () => {
  expect(parse('detach', { channel: 1, later: { deep: true } }).ok).toBe(true);
});

const long = 'x'.repeat(MAX_ID_LENGTH + 1);
const notU32 = [undefined, null, '1', -1, 1.5, 2 ** 32, Number.MAX_VALUE];
const notCells = [undefined, null, '80', 0, -1, 1.5, MAX_CELLS + 1];
const refused: Record<string, Record<string, unknown[]>> = {
  open: {
    channel: notU32,
    projectId: [undefined, null, 1, '', long, 'a\u0000b', 'a\nb'],
    sessionId: [1, {}, [], long],
    cols: notCells,
    rows: notCells,
    writerId: [undefined, null, '', 'me', open.writerId + '0', '00000000-0000-0000-0000-000000000000'],
    role: [null, 'owner', 1],
    epoch: [null, '', 1, long],
    offset: [null, '0', -1, 0.5, 2 ** 53],
    profile: [null, '', 1, long],
  },
  resize: { channel: notU32, cols: notCells, rows: notCells },
  visibility: { channel: notU32, visible: [undefined, null, 1, 'true'] },
  detach: { channel: notU32 },
  terminate: { channel: notU32, signal: [null, '', 'SIGINT', 'STOP', 9] },
  signal: { channel: notU32, signal: [undefined, null, '', 'SIGINT', 'STOP', 9, 'int'] },
  'auth.renew': { token: [undefined, null, 1, '', 'x'.repeat(8193)] },
  ping: { t: [{}, [], true, long] },
};

describe.each(Object.entries(refused))('%s', (event, fields) => {
  test.each(Object.entries(fields))('names the field when %s is wrong', (field, values) => {
    for (const value of values) {
      const answer = parse(event, { ...valid[event], [field]: value }, 'id7');
      expect(answer).toMatchObject({ ok: false, id: 'id7' });
      expect(answer).toHaveProperty('reason', expect.stringContaining(`"${event}.${field}" must be `));
    }
  });
});

test('the bounds themselves are allowed', () => {
  const widest = { ...open, channel: 0xffffffff, cols: MAX_CELLS, rows: 1, offset: Number.MAX_SAFE_INTEGER };
  const named = { projectId: 'x'.repeat(MAX_ID_LENGTH), sessionId: null, epoch: 'e', role: 'viewer', profile: 'p' };
  expect(parse('open', { ...widest, ...named, writerId: open.writerId.toUpperCase() }).ok).toBe(true);
  for (const signal of SIGNALS) expect(parse('signal', { channel: 0, signal }).ok).toBe(true);
});

test('an error about a channel names it', () => {
  expect(parse('resize', { channel: 5, cols: 0, rows: 1 })).toMatchObject({ ok: false, channel: 5 });
  expect(parse('resize', { channel: -5, cols: 0, rows: 1 })).toMatchObject({ ok: false, channel: undefined });
});

test('what is no message is refused with a reason', () => {
  for (const text of [
    '',
    '{',
    'null',
    '1',
    '"open"',
    '[]',
    '{}',
    '{"event":1}',
    '{"event":"nope"}',
    '{"event":"__proto__"}',
  ])
    expect(parseClientMessage(text)).toMatchObject({ ok: false, reason: expect.any(String) as string });
  for (const event of ['constructor', 'toString', 'hasOwnProperty']) expect(parse(event, {}).ok).toBe(false);
  for (const data of [1, 'x', [], true])
    expect(parse('ping', data)).toMatchObject({ ok: false, reason: '"data" is not an object.' });
  for (const id of [1, {}, long]) expect(parse('ping', {}, id).ok).toBe(false);
});

test('an event that cannot be made a text is no text', () => {
  const deep = '['.repeat(30_000) + ']'.repeat(30_000);
  for (const event of ['{"toString":1}', '{"toString":null,"valueOf":null}', deep])
    expect(parseClientMessage(`{"event":${event}}`)).toMatchObject({ ok: false, reason: '"event" is not a text.' });
});

test('a ping is sent back as it came, and so it must not be deep', () => {
  for (const t of [1, 'x', null, 1.5]) expect(parse('ping', { t }).ok).toBe(true);
});

test('nothing makes the parser throw', () => {
  const event = fc.oneof(fc.constantFrom(...Object.keys(valid)), fc.string());
  fc.assert(fc.property(event, fc.anything(), fc.anything(), (name, data, id) => void parse(name, data, id)));
  fc.assert(fc.property(fc.string(), (text) => void parseClientMessage(text)));
});
