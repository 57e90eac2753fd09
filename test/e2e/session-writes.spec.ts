import fs from 'node:fs';
import path from 'node:path';
import type { Page } from '../../src/infrastructure/http/page';
import { Api } from '../support/api';
import { eventually } from '../support/eventually';
import { TestServer } from '../support/server';
import { TestCluster } from '../support/test-cluster';
import { WireClient } from '../support/wire-client';

interface EventView {
  readonly id: string;
  readonly at: string;
  readonly kind: string;
  readonly data: Record<string, unknown>;
}

let cluster: TestCluster;
let server: TestServer;
let api: Api;
let client: WireClient;
let channels = 0;

beforeAll(async () => {
  cluster = await TestCluster.start({ synchronous_commit: 'on' });
  server = await TestServer.start({ DATABASE_URL: cluster.url() });
  api = await Api.login(server);
  client = await WireClient.connect(server.terminalUrl, api.token);
});
afterAll(async () => {
  client.terminate();
  await server.stop();
  await cluster.stop();
});

async function openSession(): Promise<{ path: string; channel: number }> {
  const channel = ++channels;
  const { sessionId } = await client.open({ channel });
  const path = `/api/sessions/${sessionId}`;
  await eventually(async () => expect(await stored(path)).toMatchObject({ status: 'running' }));
  return { path, channel };
}

/** As PostgreSQL has it; the REST API prefers what the host says, until that has forgotten it. */
async function stored(path: string): Promise<Record<string, unknown> | undefined> {
  const { body } = await api.request<{ outbox?: { depth: number } }>('GET', '/stats/sessions');
  if (body.outbox?.depth !== 0) return undefined;
  return (await api.request('GET', path)).body;
}

async function eventsOf(path: string, query = ''): Promise<Page<EventView>> {
  return (await api.request<Page<EventView>>('GET', `${path}/events${query}`)).body;
}

it('brings titles and the end of a session that happened while the database was away', async () => {
  const { path, channel } = await openSession();
  await cluster.goAway();
  const typed = Date.now();
  client.type(channel, `printf '\\033]0;while away\\007'; exit 3\n`);
  await client.event('exited', (data) => data.channel === channel);
  const ended = Date.now();
  await cluster.comeBack();
  const session = await eventually(async () => {
    const found = await stored(path);
    expect(found).toMatchObject({ status: 'ended', endReason: 'exited', exitCode: 3, title: 'while away' });
    return found;
  }, 60_000);
  // When it ended, not when that arrived.
  const endedAt = Date.parse(session?.['endedAt'] as string);
  expect(endedAt).toBeGreaterThanOrEqual(typed);
  expect(endedAt).toBeLessThanOrEqual(ended);
  const { items } = await eventsOf(path);
  expect(items.map(({ kind }) => kind)).toEqual(['ended', 'started', 'created']);
  expect(items[0]?.data).toMatchObject({ reason: 'exited', exitCode: 3, signal: null });
});

it('brings what a gateway wrote down that was killed before the database was back', async () => {
  const { path, channel } = await openSession();
  await cluster.goAway();
  client.type(channel, 'exit 4\n');
  await client.event('exited', (data) => data.channel === channel);
  await server.kill('SIGKILL');
  await cluster.comeBack();
  await server.run();
  client.terminate();
  client = await WireClient.connect(server.terminalUrl, api.token);
  await eventually(async () => expect(await stored(path)).toMatchObject({ status: 'ended', exitCode: 4 }), 60_000);
  const { items } = await eventsOf(path);
  expect(items.map(({ kind }) => kind)).toEqual(['ended', 'started', 'created']);
});

it('tells the history of a session, newest first and page by page, to those who may see it', async () => {
  const { path } = await openSession();
  await api.request('PATCH', path, { name: 'build', keep: true });
  await api.request('PATCH', path, { keep: false });
  await api.request('DELETE', path);
  await eventually(async () => expect((await eventsOf(path)).items).toHaveLength(7));
  const all = await eventsOf(path);
  expect(all.nextCursor).toBeNull();
  expect(all.items.map(({ kind }) => kind).sort()).toEqual(
    ['created', 'started', 'renamed', 'kept', 'unkept', 'termination-requested', 'ended'].sort(),
  );
  expect(all.items.find(({ kind }) => kind === 'renamed')?.data).toMatchObject({ name: 'build' });
  const times = all.items.map(({ at }) => at);
  expect(times).toEqual([...times].sort().reverse());

  const pages: EventView[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const page: Page<EventView> = await eventsOf(path, `?limit=3${cursor && `&cursor=${cursor}`}`);
    pages.push(...page.items);
    cursor = page.nextCursor;
  }
  expect(pages).toEqual(all.items);

  expect((await api.request('GET', `${path}/events?cursor=nonsense`)).status).toBe(400);
  const credentials = { email: 'stranger@test.local', password: 'password of a stranger' };
  await api.request('POST', '/api/admin/users', { ...credentials, role: 'member' });
  const stranger = await Api.login(server, credentials);
  expect((await stranger.request('GET', `${path}/events`)).status).toBe(404);
});

it('leaves nothing behind that waits when it is asked to end', async () => {
  const { path: session } = await openSession();
  await api.request('PATCH', session, { name: 'last' });
  await server.kill('SIGTERM');
  const left = fs.readdirSync(path.join(server.dataDir, 'outbox')).filter((name) => name.startsWith('writer-'));
  expect(left).toEqual([]);
  await server.run();
  expect((await eventsOf(session)).items[0]).toMatchObject({ kind: 'renamed', data: { name: 'last' } });
});
