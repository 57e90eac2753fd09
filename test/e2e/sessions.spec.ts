import { randomUUID } from 'node:crypto';
import { Api } from '../support/api';
import { eventually } from '../support/eventually';
import { TestServer } from '../support/server';
import { WireClient } from '../support/wire-client';

let server: TestServer;
let admin: Api;
let alice: Api;
let bob: Api;
let client: WireClient;

beforeAll(async () => {
  server = await TestServer.start();
  admin = await Api.login(server);
  const users = [
    { email: 'alice@test.local', password: 'password of alice' },
    { email: 'bob@test.local', password: 'password of bob!' },
  ];
  for (const user of users) {
    const { status, body } = await admin.request('POST', '/api/admin/users', { ...user, role: 'member' });
    if (status !== 201) throw new Error(JSON.stringify(body));
  }
  [alice, bob] = (await Promise.all(users.map((user) => Api.login(server, user)))) as [Api, Api];
  client = await WireClient.connect(server.terminalUrl, alice.token);
});
afterAll(async () => {
  client.terminate();
  await server.stop();
});

let channels = 0;
async function openSession(projectId: string): Promise<{ sessionId: string; channel: number }> {
  const channel = ++channels;
  const { sessionId } = await client.open({ channel, projectId });
  return { sessionId, channel };
}

it('lists, shows and names a session, page by page', async () => {
  const projectId = `list-${randomUUID()}`;
  const opened = [await openSession(projectId), await openSession(projectId), await openSession(projectId)];
  const first = await alice.request<{ items: { id: string }[]; nextCursor: string }>(
    'GET',
    `/api/sessions?projectId=${projectId}&limit=2`,
  );
  const rest = await alice.request<{ items: { id: string }[]; nextCursor: null }>(
    'GET',
    `/api/sessions?projectId=${projectId}&limit=2&cursor=${first.body.nextCursor}`,
  );
  const ids = [...first.body.items, ...rest.body.items].map(({ id }) => id);
  expect(ids.sort()).toEqual(opened.map(({ sessionId }) => sessionId).sort());
  expect(rest.body.nextCursor).toBeNull();

  const sessionId = opened[0]?.sessionId ?? '';
  const renamed = await alice.request('PATCH', `/api/sessions/${sessionId}`, { name: 'build' });
  expect(renamed.body).toMatchObject({
    id: sessionId,
    projectId,
    name: 'build',
    status: 'running',
    attachments: 1,
    cols: 80,
    rows: 24,
  });
});

it('types over REST and shows the screen as text', async () => {
  const { sessionId } = await openSession(`input-${randomUUID()}`);
  expect(
    (await alice.request('POST', `/api/sessions/${sessionId}/input`, { data: 'echo over-re""st\n' })).body,
  ).toEqual({ bytes: 17 });
  await eventually(async () => {
    const { body } = await alice.request<{ lines: string[] }>('GET', `/api/sessions/${sessionId}/screen`);
    expect(body.lines).toContain('over-rest');
  });
});

it('streams the transcript, clamped to what is held, and says which bytes they are', async () => {
  const { sessionId, channel } = await openSession(`output-${randomUUID()}`);
  client.type(channel, 'seq 1 1000; exit\n');
  const { offset: end } = await client.event('exited', (data) => data.channel === channel);
  const all = await alice.fetch('GET', `/api/sessions/${sessionId}/output`);
  const bytes = Buffer.from(await all.arrayBuffer());
  expect(bytes.equals(client.output(channel))).toBe(true);
  expect(all.headers.get('x-offset')).toBe('0');

  const part = await alice.fetch('GET', `/api/sessions/${sessionId}/output?from=100&to=200`);
  expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(100, 200))).toBe(true);
  expect([part.headers.get('x-offset'), part.headers.get('x-epoch')]).toEqual(['100', all.headers.get('x-epoch')]);

  const beyond = await alice.fetch('GET', `/api/sessions/${sessionId}/output?from=${end + 1000}`);
  expect((await beyond.arrayBuffer()).byteLength).toBe(0);
  expect(beyond.headers.get('x-offset')).toBe(String(end));
});

it('ends a running session, then removes it', async () => {
  const { sessionId, channel } = await openSession(`delete-${randomUUID()}`);
  expect((await alice.request('DELETE', `/api/sessions/${sessionId}`)).status).toBe(204);
  await client.event('exited', (data) => data.channel === channel);
  await eventually(async () => {
    const { body } = await alice.request('GET', `/api/sessions/${sessionId}`);
    expect(body).toMatchObject({ status: 'ended', endReason: 'terminated', signal: 'HUP' });
  });
  expect((await alice.request('DELETE', `/api/sessions/${sessionId}`)).status).toBe(204);
  expect((await alice.request('GET', `/api/sessions/${sessionId}`)).status).toBe(404);
});

it('hides sessions from everybody who is no member, over REST and WebSocket', async () => {
  const projectId = `private-${randomUUID()}`;
  const { sessionId } = await openSession(projectId);
  for (const [method, path] of [
    ['GET', ''],
    ['PATCH', ''],
    ['DELETE', ''],
    ['GET', '/output'],
    ['GET', '/screen'],
  ] as const) {
    const { status } = await bob.request(
      method,
      `/api/sessions/${sessionId}${path}`,
      method === 'PATCH' ? { name: 'mine' } : undefined,
    );
    expect([method, path, status]).toEqual([method, path, 404]);
  }
  expect((await bob.request('POST', `/api/sessions/${sessionId}/input`, { data: 'x' })).status).toBe(404);
  const list = await bob.request<{ items: unknown[] }>('GET', `/api/sessions?projectId=${projectId}`);
  expect(list.body.items).toEqual([]);
  const stranger = await WireClient.connect(server.terminalUrl, bob.token);
  expect(await stranger.tryOpen({ channel: 1, projectId, sessionId })).toMatchObject({
    event: 'error',
    data: { code: 'forbidden' },
  });
  stranger.terminate();
});

it('lets a member with the viewer role look, and nothing else', async () => {
  const projectId = `viewed-${randomUUID()}`;
  const { sessionId, channel } = await openSession(projectId);
  const added = await alice.request('PUT', `/api/projects/${projectId}/members/bob@test.local`, { role: 'viewer' });
  expect(added.status).toBeLessThan(300);
  const viewer = await WireClient.connect(server.terminalUrl, bob.token);
  const opened = await viewer.open({ channel: 1, projectId, sessionId, role: 'writer' });
  expect(opened.role).toBe('viewer');
  client.type(channel, 'echo seen-by-""bob\n');
  await viewer.outputContains(1, 'seen-by-bob');
  viewer.type(1, 'x');
  expect(await viewer.event('error')).toMatchObject({ code: 'read_only' });
  expect((await bob.request('DELETE', `/api/sessions/${sessionId}`)).status).toBe(403);
  expect(await viewer.tryOpen({ channel: 2, projectId })).toMatchObject({ event: 'error' });

  await alice.request('DELETE', `/api/projects/${projectId}/members/bob@test.local`);
  await viewer.until(() => viewer.closed !== undefined, 'close');
  expect(viewer.closed?.code).toBe(4003);
});

it('answers queries of programs nobody is attached to', async () => {
  const { sessionId, channel } = await openSession(`query-${randomUUID()}`);
  client.type(channel, `sleep 0.2; IFS= read -rsd R -p $'\\e[6n' reply; echo "answer:\${reply#*[}"\n`);
  await client.outputContains(channel, 'sleep 0.2');
  client.send('detach', { channel }, 'leave');
  await client.answerTo('leave');
  await eventually(async () => {
    const { body } = await alice.request<{ lines: string[] }>('GET', `/api/sessions/${sessionId}/screen`);
    expect(body.lines.join('\n')).toMatch(/answer:\d+;\d+/);
  });
});

it('counts sessions for operators', async () => {
  const { body } = await admin.request('GET', '/stats/sessions');
  expect(body).toMatchObject({ host: { protocol: 1 }, sockets: { connections: expect.any(Number) as number } });
  for (const port of [server.endpoints.terminal, server.endpoints.claude]) {
    for (const path of ['/stats/sessions', '/stats/circuit-breaker']) {
      expect((await fetch(`http://127.0.0.1:${port}${path}`)).status).toBe(200);
    }
    expect((await fetch(`http://127.0.0.1:${port}/api/auth/me`)).status).toBe(426);
  }
  const metrics = await (await admin.fetch('GET', '/metrics')).text();
  expect(metrics).toMatch(/holdfast_output_bytes_total [1-9]/);
  expect(metrics).toMatch(/holdfast_open_duration_seconds_count\{resume="fresh"\} [1-9]/);
});
