import { randomUUID } from 'node:crypto';
import http from 'node:http';
import { Api } from '../support/api';
import { eventually } from '../support/eventually';
import { TestServer } from '../support/server';
import { WireClient } from '../support/wire-client';

type Event = [time: number, code: string, data: string];
interface Recording {
  readonly header: Record<string, unknown> & { readonly timestamp: number };
  readonly events: Event[];
  readonly headers: Headers;
}

let server: TestServer;
let admin: Api;
let client: WireClient;
let channels = 0;

beforeAll(async () => {
  server = await TestServer.start();
  admin = await Api.login(server);
  client = await WireClient.connect(server.terminalUrl, admin.token);
});
afterAll(async () => {
  client.terminate();
  await server.stop();
});

async function open(): Promise<{ sessionId: string; channel: number }> {
  const channel = ++channels;
  const { sessionId } = await client.open({ channel, projectId: `record-${randomUUID()}` });
  return { sessionId, channel };
}

async function record(sessionId: string, query = ''): Promise<Recording> {
  const response = await admin.fetch('GET', `/api/sessions/${sessionId}/recording?${query}`);
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${response.status} ${text}`);
  const [header, ...events] = text.trimEnd().split('\n');
  return {
    header: JSON.parse(header ?? '') as Recording['header'],
    events: events.map((line) => JSON.parse(line) as Event),
    headers: response.headers,
  };
}

function said(events: Event[]): string {
  return events.map(([, code, data]) => (code === 'o' ? data : '')).join('');
}

it('plays back what was output, when it was, and at which sizes', async () => {
  const { sessionId, channel } = await open();
  const startedAt = Date.now();
  client.type(channel, `PS1='$ '; echo Grüße aus dem Terminal\n`);
  await client.outputContains(channel, 'Terminal\r\n');
  client.type(channel, `sleep 1.2; echo after\n`);
  await client.outputContains(channel, 'after\r\n');
  client.send('resize', { channel, cols: 120, rows: 40 }, 'resize');
  await client.answerTo('resize');
  client.type(channel, `stty size; exit 3\n`);
  const { offset: end } = await client.event('exited', (data) => data.channel === channel);
  await admin.request('PATCH', `/api/sessions/${sessionId}`, { name: 'Größe "1"' });

  const output = await (await admin.fetch('GET', `/api/sessions/${sessionId}/output`)).text();
  const v2 = await record(sessionId);
  expect(v2.headers.get('content-type')).toBe('application/octet-stream');
  expect(v2.headers.get('content-disposition')).toBe(
    `attachment; filename="Gr_e_1_.cast"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%221%22.cast`,
  );
  expect(v2.header).toMatchObject({ version: 2, width: 80, height: 24, title: 'Größe "1"' });
  expect(Math.abs(v2.header.timestamp * 1000 - startedAt)).toBeLessThan(30_000);
  expect(said(v2.events)).toBe(output);
  const times = v2.events.map(([time]) => time);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(times.at(-1)).toBeLessThan((Date.now() - startedAt) / 1000 + 5);
  const index = (part: string): number => v2.events.findIndex(([, , data]) => data.includes(part));
  const afterAt = v2.events.findIndex(([, , data]) => /after\r\n/.test(data) && !data.includes('echo'));
  expect((times[afterAt] ?? 0) - (times[index('sleep 1.2')] ?? 0)).toBeGreaterThan(1);
  // In its place: after what was written at the old size, before what the program made of the new one.
  const resize = v2.events.findIndex(([, code]) => code === 'r');
  expect(v2.events[resize]?.[2]).toBe('120x40');
  expect(said(v2.events.slice(0, resize))).toMatch(/after\r\n/);
  expect(said(v2.events.slice(resize))).toMatch(/40 120\r\n/);

  const v3 = await record(sessionId, 'format=asciicast-v3&maxIdleSeconds=0.5');
  expect(v3.header).toMatchObject({ version: 3, term: { cols: 80, rows: 24, type: 'xterm-256color' } });
  expect(said(v3.events)).toBe(output);
  expect(Math.max(...v3.events.map(([interval]) => interval))).toBeLessThanOrEqual(0.5);
  expect(v3.events.at(-1)?.slice(1)).toEqual(['x', '3']);

  const part = await record(sessionId, `from=10&to=20`);
  expect(said(part.events)).toBe(Buffer.from(output).subarray(10, 20).toString());
  expect(said((await record(sessionId, `from=${end + 5}`)).events)).toBe('');
});

it('records a running session up to now', async () => {
  const { sessionId, channel } = await open();
  client.type(channel, 'echo one-""two\n');
  await client.outputContains(channel, 'one-two');
  expect(said((await record(sessionId)).events)).toContain('one-two');
});

it('sends a slow reader no more than it reads', async () => {
  const { sessionId, channel } = await open();
  client.type(channel, `head -c 40000000 /dev/zero | tr '\\0' x; exit\n`);
  await client.event('exited', (data) => data.channel === channel);
  const memory = async (): Promise<number> => {
    const text = await (await admin.fetch('GET', '/metrics')).text();
    return Number(/^process_resident_memory_bytes (\S+)/m.exec(text)?.[1]);
  };
  const before = await memory();
  const readers = await Promise.all(
    Array.from({ length: 5 }, () => {
      return new Promise<http.IncomingMessage>((resolve, reject) => {
        const headers = { authorization: `Bearer ${admin.token}` };
        const request = http.get(`${server.baseUrl}/api/sessions/${sessionId}/recording`, { headers }, resolve);
        request.on('error', reject);
      });
    }),
  );
  // They have what fits into sockets; five whole recordings would be 200 MB.
  await eventually(() => expect(readers.every((reader) => reader.readableLength > 0)).toBe(true));
  expect((await memory()) - before).toBeLessThan(100 * 1024 * 1024);
  for (const reader of readers) reader.destroy();
  expect(said((await record(sessionId, 'from=0&to=100000')).events)).toHaveLength(100_000);
});

it('refuses what nobody holds, and who may not see it', async () => {
  const { sessionId } = await open();
  await admin.request('POST', '/api/admin/users', {
    email: 'eve@test.local',
    password: 'password of eve!',
    role: 'member',
  });
  const eve = await Api.login(server, { email: 'eve@test.local', password: 'password of eve!' });
  const ask = async (api: Api, id: string, query = ''): Promise<unknown[]> => {
    const { status, body } = await api.request('GET', `/api/sessions/${id}/recording${query}`);
    return [status, body['code']];
  };
  expect(await ask(eve, sessionId)).toEqual([404, 'session_not_found']);
  expect(await ask(admin, 'session_1_nobody')).toEqual([404, 'session_not_found']);
  expect((await ask(admin, sessionId, '?epoch=another'))[0]).toBe(404);
  for (const query of ['?format=gif', '?maxIdleSeconds=-1', '?from=x']) {
    expect(await ask(admin, sessionId, query)).toEqual([400, 'bad_request']);
  }
});
