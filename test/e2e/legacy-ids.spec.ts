import { randomUUID } from 'node:crypto';
import { Api } from '../support/api';
import { TestServer } from '../support/server';
import { WireClient } from '../support/wire-client';

const LEGACY = [
  randomUUID(),
  randomUUID().toUpperCase(),
  'term_abc-1',
  'terminal-7',
  'session-1700000000000',
  'claude_x',
  '42',
];
const NOTHING = ['', 'null', 'undefined', 'NULL', ' Undefined ', 'none', 'nil'];
const FORM = /^session_\d+_[0-9a-z]{10,}$/;

let server: TestServer;
let token: string;

beforeAll(async () => {
  server = await TestServer.start({ ACCESS_TOKEN_TTL_SECONDS: '3600' });
  token = (await Api.login(server)).token;
});
afterAll(() => server.stop());

async function openAll(
  ids: readonly string[],
): Promise<{ sessionId: string; created: boolean; migratedFrom?: string }[]> {
  const client = await WireClient.connect(server.terminalUrl, token);
  const opened = await Promise.all(ids.map((sessionId, channel) => client.open({ channel, sessionId })));
  await client.close();
  return opened;
}

it('each older id stands for one session, whoever asks at once, also after the gateway was killed', async () => {
  const [first, second] = await Promise.all([openAll(LEGACY), openAll(LEGACY)]);
  const ids = first.map(({ sessionId }) => sessionId);
  for (const id of ids) expect(id).toMatch(FORM);
  expect(new Set(ids).size).toBe(LEGACY.length);
  expect(second.map(({ sessionId }) => sessionId)).toEqual(ids);
  expect(first.map(({ migratedFrom }) => migratedFrom)).toEqual(LEGACY);
  for (const [at, { created }] of first.entries())
    expect([created, second[at]?.created].filter(Boolean)).toHaveLength(1);
  await server.kill();
  await server.run();
  const later = await openAll(LEGACY);
  expect(later).toMatchObject(ids.map((sessionId) => ({ sessionId, created: false, reused: true })));
  // By its new name it is the same one.
  expect(await openAll(ids)).toMatchObject(ids.map((sessionId) => ({ sessionId, created: false })));
}, 60_000);

it('every spelling of nothing makes a new session, and what is no id is refused', async () => {
  const opened = await openAll(NOTHING);
  expect(new Set(opened.map(({ sessionId }) => sessionId)).size).toBe(NOTHING.length);
  for (const { created, sessionId } of opened) expect([created, FORM.test(sessionId)]).toEqual([true, true]);
  const client = await WireClient.connect(server.terminalUrl, token);
  for (const sessionId of ['../etc', 'session_x', 'a b', 'term_'])
    expect(await client.tryOpen({ channel: 1, sessionId })).toMatchObject({
      event: 'error',
      data: { code: 'bad_session_id' },
    });
  await client.close();
});
