import { once } from 'node:events';
import net from 'node:net';
import { WebSocket } from 'ws';
import { Api } from '../support/api';
import { eventually } from '../support/eventually';
import { TestServer } from '../support/server';
import { WireClient } from '../support/wire-client';

let server: TestServer;
let token: string;

beforeAll(async () => {
  server = await TestServer.start({ DRAIN_TIMEOUT_MS: '4000', ACCESS_TOKEN_TTL_SECONDS: '3600' });
  token = (await Api.login(server)).token;
});
afterAll(() => server?.stop());
/** Each test ends the server in its own way. */
afterEach(() => server.run());

/** An upgrade that is refused: its status, headers and body. */
function refusal(url: string): Promise<{ status?: number; retryAfter?: string; body: { code?: string } }> {
  const socket = new WebSocket(url, ['holdfast.v1'], { headers: { authorization: `Bearer ${token}` } });
  socket.on('error', () => undefined);
  return new Promise((resolve, reject) => {
    socket.once('open', () => reject(new Error('it was not refused')));
    socket.once('unexpected-response', (_, response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += String(chunk)));
      response.on('end', () => {
        const body = JSON.parse(text) as { code?: string };
        resolve({ status: response.statusCode, retryAfter: response.headers['retry-after'], body });
      });
    });
  });
}

async function untilDraining(): Promise<void> {
  await eventually(async () => {
    const response = await fetch(`${server.baseUrl}/health/ready`);
    expect([response.status, await response.json()]).toEqual([503, { status: 'draining' }]);
  });
}

it('A server that drains alone serves who is there, refuses who comes, and closes with 1012 at the deadline', async () => {
  const client = await WireClient.connect(server.terminalUrl, token);
  await client.open({ channel: 1 });
  const ended = server.kill('SIGTERM');
  const { reason, reconnectAfterMs } = await client.event('goaway');
  expect([reason, reconnectAfterMs >= 0, reconnectAfterMs <= 500]).toEqual(['shutdown', true, true]);
  await untilDraining();
  const { status, retryAfter, body } = await refusal(server.terminalUrl);
  expect([status, retryAfter, body.code]).toEqual([503, '4', 'draining']);
  client.type(1, 'echo still "he""re"\n');
  await client.outputContains(1, 'still here');
  await client.until(() => client.closed !== undefined, 'close');
  expect(client.closed?.code).toBe(1012);
  const hint = JSON.parse(client.closed?.reason ?? '{}') as { code: string; retryAfterMs: number };
  expect([hint.code, hint.retryAfterMs >= 0]).toEqual(['restarting', true]);
  await ended;
});

it('A server that drains is gone when the last client has left', async () => {
  const [one, two] = [
    await WireClient.connect(server.terminalUrl, token),
    await WireClient.connect(server.terminalUrl, token),
  ];
  const ended = server.kill('SIGTERM');
  await Promise.all([one.event('goaway'), two.event('goaway')]);
  await one.close();
  await untilDraining();
  await two.close();
  await ended;
  expect([one.closed?.code, two.closed?.code]).toEqual([1000, 1000]);
});

it('A server that drains finishes the requests it has begun, and their connections', async () => {
  const body = JSON.stringify(server.admin);
  const socket = net.connect(server.endpoints.http, '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk: Buffer) => (answer += String(chunk)));
  socket.write(
    `POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`,
  );
  await eventually(() => expect(answer).toContain('100 Continue'));
  const ended = server.kill('SIGTERM');
  await untilDraining();
  socket.write(body);
  await once(socket, 'close');
  expect(answer).toMatch(/HTTP\/1\.1 200 OK[^]*Connection: close[^]*accessToken/);
  await ended;
});

it('Ctrl-C does not wait for anybody', async () => {
  const client = await WireClient.connect(server.terminalUrl, token);
  await server.kill('SIGINT');
  await client.until(() => client.closed !== undefined, 'close');
  expect(client.closed?.code).toBe(1012);
});
