import { randomUUID } from 'node:crypto';
import { Api } from '../support/api';
import { eventually } from '../support/eventually';
import { TestServer } from '../support/server';
import { WireClient } from '../support/wire-client';

interface Hit {
  readonly sessionId: string;
  readonly projectId: string;
  readonly epoch: string;
  readonly offset: number;
  readonly line: string;
  readonly before: string[];
  readonly after: string[];
  readonly matchStart: number;
  readonly matchEnd: number;
  readonly at: string;
}
interface Found {
  readonly items: Hit[];
  readonly nextCursor: string | null;
}

/** Two looks of the indexer and what comes with a busy machine. */
const INDEXED_WITHIN_MS = 50_000;

let server: TestServer;
let admin: Api;
let alice: Api;
let bob: Api;
let client: WireClient;
let channels = 0;

beforeAll(async () => {
  server = await TestServer.start();
  admin = await Api.login(server);
  const users = ['alice', 'bob'].map((name) => ({ email: `${name}@test.local`, password: `password of ${name}!` }));
  for (const user of users) await admin.request('POST', '/api/admin/users', { ...user, role: 'member' });
  [alice, bob] = (await Promise.all(users.map((user) => Api.login(server, user)))) as [Api, Api];
  client = await WireClient.connect(server.terminalUrl, alice.token);
});
afterAll(async () => {
  client.terminate();
  await server.stop();
});

/** A session of alice that ran a script to its end. */
async function said(
  script: string,
  projectId = `said-${randomUUID()}`,
): Promise<{ sessionId: string; projectId: string }> {
  const channel = ++channels;
  const { sessionId } = await client.open({ channel, projectId });
  client.type(channel, `${script}; exit\n`);
  await client.event('exited', (data) => data.channel === channel);
  return { sessionId, projectId };
}

async function search(api: Api, q: string, more = ''): Promise<Found> {
  const { status, body } = await api.request<Found>('GET', `/api/sessions/search?q=${encodeURIComponent(q)}${more}`);
  if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
  return body;
}

async function found(api: Api, q: string, more = ''): Promise<Hit[]> {
  return eventually(async () => {
    const { items } = await search(api, q, more);
    if (items.length === 0) throw new Error(`${q} is not found yet`);
    return items;
  }, INDEXED_WITHIN_MS);
}

it('finds coloured words and the last state of a progress bar as plain text, with the lines around', async () => {
  const bar = `for i in 1 5 9; do printf '\\r\\e[K%d0%% of the b\\e[1mar' $i; done; printf ' finis\\e[0mhed\\n'`;
  const { sessionId, projectId } = await said(
    `PS1=; printf 'line one\\nline two\\n\\e[31mErr\\e[1mor:\\e[0m no such thing\\nline four\\nline five\\n'; ${bar}`,
  );
  const [hit] = await found(alice, 'eRRor: NO such', `&projectId=${projectId}&sessionId=${sessionId}`);
  expect(hit).toMatchObject({
    sessionId,
    projectId,
    line: 'Error: no such thing',
    before: ['line one', 'line two'],
    after: ['line four', 'line five'],
    matchStart: 0,
    matchEnd: 14,
  });
  expect(Math.abs(Date.parse(hit?.at ?? '') - Date.now())).toBeLessThan(5 * 60_000);
  const output = await alice.fetch('GET', `/api/sessions/${sessionId}/output?from=${hit?.offset}`);
  expect((await output.text()).startsWith('\x1b[31mErr')).toBe(true);

  expect((await search(alice, '90% of the bar finished', `&sessionId=${sessionId}`)).items).toHaveLength(1);
  expect((await search(alice, '10% of the bar', `&sessionId=${sessionId}`)).items).toEqual([]);
});

it('takes every character for itself, also those that mean something in patterns', async () => {
  const { sessionId } = await said(`printf '100%%_done \\\\ straße ÄÖÜ 漢字 [x]*\\n'`);
  const only = `&sessionId=${sessionId}`;
  await found(alice, '100%_done', only);
  for (const q of ['0%_d', 'e \\ s', 'straße äöü', '漢字', '[x]*']) {
    expect([q, (await search(alice, q, only)).items.some(({ line }) => line.startsWith('100%'))]).toEqual([q, true]);
  }
  expect((await search(alice, '1%done', only)).items).toEqual([]);
});

it('shows nobody what they may not see, and a removed member nothing any more', async () => {
  const word = `secret-${randomUUID()}`;
  const { sessionId, projectId } = await said(`echo ${word}`);
  await found(alice, word);
  // An administrator watches openly, or not at all.
  expect((await search(admin, word)).items).toEqual([]);
  const asBob = async (): Promise<number> => {
    const answers = await Promise.all(
      ['', `&projectId=${projectId}`, `&sessionId=${sessionId}`].map((more) => search(bob, word, more)),
    );
    return Math.max(...answers.map(({ items }) => items.length));
  };
  expect(await asBob()).toBe(0);
  await alice.request('PUT', `/api/projects/${projectId}/members/bob@test.local`, { role: 'viewer' });
  expect(await asBob()).toBeGreaterThan(0);
  await alice.request('DELETE', `/api/projects/${projectId}/members/bob@test.local`);
  expect(await asBob()).toBe(0);
  expect((await fetch(`${server.baseUrl}/api/sessions/search?q=${word}`)).status).toBe(401);
});

it('forgets text together with its session', async () => {
  const word = `forgotten-${randomUUID()}`;
  const { sessionId } = await said(`echo ${word}`);
  await found(alice, word);
  expect((await alice.request('DELETE', `/api/sessions/${sessionId}`)).status).toBe(204);
  expect((await search(alice, word)).items).toEqual([]);
});

it('answers page by page, newest first, each line once', async () => {
  const { sessionId } = await said('seq -f "number %.0f of many" 1 1000');
  const only = `&sessionId=${sessionId}`;
  await eventually(async () => {
    expect((await search(alice, 'number 1000 of', only)).items).toHaveLength(1);
  }, INDEXED_WITHIN_MS);
  const lines: string[] = [];
  let cursor = '';
  do {
    const page = await search(alice, 'of many', `${only}&limit=70${cursor}`);
    lines.push(...page.items.map(({ line }) => line));
    cursor = page.nextCursor ? `&cursor=${page.nextCursor}` : '';
  } while (cursor);
  const numbered = lines.filter((line) => line.startsWith('number'));
  expect(numbered).toEqual(Array.from({ length: 1000 }, (_, i) => `number ${1000 - i} of many`));
});

it('finds what a running terminal said once it paused, and goes on after a kill of the gateway', async () => {
  const channel = ++channels;
  const projectId = `running-${randomUUID()}`;
  const { sessionId } = await client.open({ channel, projectId });
  const first = `first-${randomUUID()}`;
  client.type(channel, `echo ${first}\n`);
  await found(alice, first, `&sessionId=${sessionId}`);
  await server.kill();
  await server.run();
  alice = await Api.login(server, { email: 'alice@test.local', password: 'password of alice!' });
  const second = `second-${randomUUID()}`;
  await alice.request('POST', `/api/sessions/${sessionId}/input`, { data: `echo ${second}\n` });
  const [hit] = await found(alice, second, `&sessionId=${sessionId}`);
  expect([...(hit?.before ?? []), hit?.line].join('\n')).toContain(first);
  // The echoed command (twice when the shell was not there yet) and its output: nothing is in the index twice.
  const { items } = await search(alice, first, `&sessionId=${sessionId}`);
  expect(items.length).toBeGreaterThanOrEqual(2);
  expect(new Set(items.map(({ offset }) => offset)).size).toBe(items.length);
}, 180_000);

it.each([
  ['a short text', 'q=x'],
  ['no text', 'limit=3'],
  ['a long text', `q=${'x'.repeat(201)}`],
  ['several lines', 'q=a%0Ab'],
  ['a foreign cursor', 'q=abc&cursor=abc'],
  ['a forged cursor', `q=abc&cursor=${Buffer.from('1:2').toString('base64url')}`],
  ['too large a page', 'q=abc&limit=1000'],
])('refuses %s', async (_, query) => {
  const { status, body } = await admin.request('GET', `/api/sessions/search?${query}`);
  expect([status, body['code']]).toEqual([400, 'bad_request']);
});
