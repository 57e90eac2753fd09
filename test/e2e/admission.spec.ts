import http from 'node:http';
import { Api } from '../support/api';
import { TestServer } from '../support/server';
import { WireClient } from '../support/wire-client';

let server: TestServer;
let api: Api;

beforeAll(async () => {
  server = await TestServer.start({ ALLOWED_ORIGINS: 'https://app.example', WS_MAX_CONNECTIONS: '5' });
  api = await Api.login(server);
});
afterAll(() => server.stop());

interface Upgrade {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: { readonly code?: string; readonly message?: string };
}

/** An upgrade by hand, so that the refusal can be read. */
function upgrade(
  options: { readonly port?: number; readonly path?: string; readonly headers?: Record<string, string> } = {},
): Promise<Upgrade> {
  const { port = server.endpoints.terminal, path = '/', headers = {} } = options;
  return new Promise((resolve, reject) => {
    const request = http.request({
      host: '127.0.0.1',
      port,
      path,
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
        'sec-websocket-protocol': 'holdfast.v1',
        ...headers,
      },
    });
    request.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve({ status: 101, headers: response.headers, body: {} });
    });
    request.on('response', (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: JSON.parse(text || '{}') as Upgrade['body'],
        }),
      );
    });
    request.on('error', reject);
    request.end();
  });
}

const bearer = (): Record<string, string> => ({ authorization: `Bearer ${api.token}` });

describe('an upgrade', () => {
  it.each([
    ['the terminal port', () => ({ port: server.endpoints.terminal })],
    ['the terminal port by path', () => ({ port: server.endpoints.terminal, path: '/ws/terminal' })],
    ['the Claude port', () => ({ port: server.endpoints.claude })],
    ['the main port', () => ({ port: server.endpoints.http, path: '/ws/terminal' })],
    ['the main port, Claude', () => ({ port: server.endpoints.http, path: '/ws/claude' })],
  ])('is accepted on %s with a bearer token', async (_, where) => {
    const answer = await upgrade({ ...where(), headers: bearer() });
    expect(answer.status).toBe(101);
    expect(answer.headers['sec-websocket-protocol']).toBe('holdfast.v1');
  });

  it('takes a ticket once, for its gateway', async () => {
    const ticket = await api.ticket('terminal');
    expect((await upgrade({ path: `/?ticket=${ticket}` })).status).toBe(101);
    expect(await upgrade({ path: `/?ticket=${ticket}` })).toMatchObject({
      status: 401,
      body: { code: 'unauthenticated' },
    });
    const other = await api.ticket('claude');
    expect((await upgrade({ path: `/?ticket=${other}` })).status).toBe(401);
  });

  it('takes a token in the subprotocol list from an allowed origin, and never echoes it', async () => {
    const headers = {
      'sec-websocket-protocol': `holdfast.v1, holdfast.bearer.${api.token}`,
      origin: 'https://app.example',
    };
    const answer = await upgrade({ headers });
    expect(answer.status).toBe(101);
    expect(answer.headers['sec-websocket-protocol']).toBe('holdfast.v1');
  });

  it.each<[string, number, string, () => Parameters<typeof upgrade>[0]]>([
    ['no credential', 401, 'unauthenticated', () => ({})],
    ['a bad token', 401, 'unauthenticated', () => ({ headers: { authorization: 'Bearer a.b.c' } })],
    ['another scheme', 401, 'unauthenticated', () => ({ headers: { authorization: 'Basic YTpi' } })],
    ['two credentials', 400, 'bad_request', () => ({ path: '/?ticket=x', headers: bearer() })],
    ['a foreign origin', 403, 'bad_origin', () => ({ headers: { ...bearer(), origin: 'https://evil.example' } })],
    ['a null origin', 403, 'bad_origin', () => ({ headers: { ...bearer(), origin: 'null' } })],
    [
      'a sibling of an allowed origin',
      403,
      'bad_origin',
      () => ({ headers: { ...bearer(), origin: 'https://app.example.evil' } }),
    ],
    ['a foreign host', 421, 'bad_host', () => ({ headers: { ...bearer(), host: 'evil.example' } })],
    [
      'no known subprotocol',
      426,
      'unsupported_protocol',
      () => ({ headers: { ...bearer(), 'sec-websocket-protocol': 'chat' } }),
    ],
    ['an unknown path', 404, 'not_found', () => ({ path: '/elsewhere', headers: bearer() })],
    [
      'a bad size',
      400,
      'bad_request',
      () => ({ path: '/?cols=0', headers: { ...bearer(), 'sec-websocket-protocol': 'holdfast.raw.v1' } }),
    ],
  ])('is refused with %s', async (_, status, code, request) => {
    const answer = await upgrade(request());
    expect(answer).toMatchObject({ status, body: { code } });
    expect(answer.body.message).toMatch(/\w{3}/);
  });

  it('is refused with 503 and Retry-After when there are WS_MAX_CONNECTIONS', async () => {
    const clients = await Promise.all(
      Array.from({ length: 5 }, () => WireClient.connect(server.terminalUrl, api.token)),
    );
    const answer = await upgrade({ headers: bearer() });
    expect(answer).toMatchObject({ status: 503, body: { code: 'too_many_connections' } });
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    await Promise.all(clients.map((client) => client.close()));
  });
});

describe('a credential of an open socket', () => {
  it('is renewed by a token of the same login, and by no other', async () => {
    const client = await WireClient.connect(server.terminalUrl, api.token);
    client.send('auth.renew', { token: api.token }, 'mine');
    expect(await client.answerTo('mine')).toMatchObject({ event: 'auth.renewed' });
    const other = await Api.login(server);
    client.send('auth.renew', { token: other.token }, 'other');
    expect(await client.answerTo('other')).toMatchObject({ event: 'error', data: { code: 'forbidden' } });
    await client.until(() => client.closed !== undefined, 'close');
    expect(client.closed?.code).toBe(4001);
  });
});
