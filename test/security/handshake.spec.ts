import { Client } from 'pg';
import { Api } from '../support/api';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { eventually } from '../support/eventually';
import { clientFrame, Opcode, RawPeer, upgradeRequest } from '../support/raw-peer';
import { TestServer } from '../support/server';
import { upgrade } from '../support/upgrade';

const JWT_SECRET = 'the same on both nodes, and long enough';
const ORIGIN = 'https://app.example';
/** Twenty times as many at once. */
const TIGHT = { RATE_UPGRADES_PER_ADDRESS: '1', RATE_REQUESTS_PER_ADDRESS: '1' };

let database: TestDatabase;
let server: TestServer;
/** Another node of the same installation, with tight limits. */
let other: TestServer;
let api: Api;

beforeAll(async () => {
  database = await createTestDatabase();
  const common = { DATABASE_URL: database.url, JWT_SECRET };
  server = await TestServer.start({ ...common, ALLOWED_ORIGINS: ORIGIN, LOG_LEVEL: 'trace' });
  other = await TestServer.start({ ...common, ...TIGHT });
  api = await Api.login(server);
}, 120_000);
afterAll(async () => {
  await Promise.all([server?.stop(), other?.stop()]);
  await database?.drop();
});

const bearer = (): Record<string, string> => ({ authorization: `Bearer ${api.token}` });
const terminal = (): number => server.endpoints.terminal;

/** Everything that could be taken for a WebSocket's place, by us or by software that others run. */
const PATHS = [
  '/',
  '/ws',
  '/ws/terminal',
  '/ws/claude',
  '/ws/terminal/',
  '/WS/TERMINAL',
  '/socket.io/?EIO=4&transport=websocket',
  '/terminals/websocket/1',
  '/terminal/ws',
  '/api/sessions',
  '/api/auth/login',
  '/console',
  '/docs',
  '/docs-json',
  '/health',
  '/metrics',
  '/stats/sessions',
];

describe('A handshake', () => {
  it('H-01, H-02: without a credential opens no socket, on no path of no port, not even from this machine', async () => {
    const { http, terminal, claude } = server.endpoints;
    for (const port of [http, terminal, claude]) {
      const answers = await Promise.all(PATHS.map((path) => upgrade({ port, path })));
      for (const { status } of answers) expect([401, 404]).toContain(status);
    }
  });

  it('H-03: of a foreign page is refused although its ticket is good, and does not use it up', async () => {
    const path = `/?ticket=${await api.ticket()}`;
    const answer = await upgrade({ port: terminal(), path, headers: { origin: 'https://evil.example' } });
    expect(answer).toMatchObject({ status: 403, body: { code: 'bad_origin' } });
    expect((await upgrade({ port: terminal(), path, headers: { origin: ORIGIN } })).status).toBe(101);
  });

  it.each([
    'https://app.example.evil',
    'https://evil-app.example',
    'https://app.example:444',
    'https://app.example/',
    'http://app.example',
    'HTTPS://APP.EXAMPLE',
    'https://sibling.example',
    'https://sub.app.example',
    'https://app.example@evil.example',
    'https://user@app.example',
    'https://app.example https://evil.example',
    'https://app.example, https://app.example',
    'file://',
    'null',
    '',
  ])('H-04: is refused to the origin %j', async (origin) => {
    const answer = await upgrade({ port: terminal(), headers: { ...bearer(), origin } });
    expect(answer).toMatchObject({ status: 403, body: { code: 'bad_origin' } });
  });

  it('H-05: with two credentials is refused, even with the same one twice', async () => {
    const [ticket, inProtocol] = [await api.ticket(), `holdfast.v1, holdfast.bearer.${api.token}`];
    const pairs = [
      { path: `/?ticket=${ticket}`, headers: bearer() },
      { path: `/?ticket=${ticket}&ticket=${ticket}` },
      { path: `/?ticket=${ticket}`, headers: { origin: ORIGIN, 'sec-websocket-protocol': inProtocol } },
      { headers: { ...bearer(), origin: ORIGIN, 'sec-websocket-protocol': inProtocol } },
    ];
    for (const pair of pairs) {
      const answer = await upgrade({ port: terminal(), ...pair });
      expect(answer).toMatchObject({ status: 400, body: { code: 'bad_request' } });
    }
    expect((await upgrade({ port: terminal(), path: `/?ticket=${ticket}` })).status).toBe(101);
  });

  it.each(['evil.example', '127.0.0.1.evil.example', 'localhost.', 'localhost@evil.example', 'evil.example:4110'])(
    'H-06: is refused under the host %j, and so is REST',
    async (host) => {
      const answer = await upgrade({ port: terminal(), headers: { ...bearer(), host } });
      expect(answer).toMatchObject({ status: 421, body: { code: 'bad_host' } });
      const rest = await RawPeer.connect(server.endpoints.http);
      rest.send(
        `GET /api/auth/me HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${api.token}\r\nConnection: close\r\n\r\n`,
      );
      await rest.over();
      expect(rest.status).toBe(421);
    },
  );

  it('H-07: lets one of eight in with the same ticket, on two nodes', async () => {
    for (let round = 0; round < 3; round++) {
      const path = `/?ticket=${await api.ticket()}`;
      const ports = Array.from({ length: 8 }, (_, i) => (i % 2 ? other : server).endpoints.terminal);
      const answers = await Promise.all(ports.map((port) => upgrade({ port, path })));
      const statuses = answers.map(({ status }) => status).sort();
      expect(statuses).toEqual([101, 401, 401, 401, 401, 401, 401, 401]);
    }
  });

  it('H-08: is refused with a ticket whose time is over, and with one of an ended login', async () => {
    const late = await api.ticket();
    const client = new Client({ connectionString: database.url });
    await client.connect();
    // As if thirty-one seconds had passed for it.
    await client.query(`UPDATE ws_tickets SET expires_at = expires_at - interval '31 seconds'`);
    await client.end();
    expect((await upgrade({ port: terminal(), path: `/?ticket=${late}` })).status).toBe(401);

    const leaving = await Api.login(server);
    const ticket = await leaving.ticket();
    await leaving.request('POST', '/api/auth/logout');
    expect((await upgrade({ port: terminal(), path: `/?ticket=${ticket}` })).status).toBe(401);
  });

  it('H-09: looks at frames that came with it only once it is through', async () => {
    const open = (sessionId: string): Buffer => {
      const data = { channel: 1, projectId: 'default', sessionId, cols: 80, rows: 24 };
      const writerId = '0b8f4d1e-8b1d-4f7e-9d3c-2a1b3c4d5e6f';
      return clientFrame(Opcode.text, JSON.stringify({ event: 'open', data: { ...data, writerId } }));
    };
    const [refused, admitted] = ['session_1700000000000_early0early0early', 'session_1700000000001_early1early1early'];
    const ask = async (path: string, sessionId: string): Promise<RawPeer> => {
      const peer = await RawPeer.connect(terminal());
      peer.send(Buffer.concat([Buffer.from(upgradeRequest(terminal(), { path })), open(sessionId)]));
      return peer;
    };
    const stranger = await ask('/?ticket=unknown', refused);
    await stranger.over();
    expect([stranger.status, stranger.text.includes('opened')]).toEqual([401, false]);
    const friend = await ask(`/?ticket=${await api.ticket()}`, admitted);
    await friend.received('"event":"opened"');
    expect(friend.text.indexOf('"welcome"')).toBeLessThan(friend.text.indexOf('"opened"'));
    friend.destroy();
    expect((await api.request('GET', `/api/sessions/${admitted}`)).status).toBe(200);
    expect((await api.request('GET', `/api/sessions/${refused}`)).status).toBe(404);
  });

  it('H-10: never says or logs the token of its subprotocol', async () => {
    const token = 'aaaa.bbbbbbbbbbbbbbbb.cccc';
    const good = { origin: ORIGIN, 'sec-websocket-protocol': `holdfast.v1, holdfast.bearer.${api.token}` };
    const bad = { origin: ORIGIN, 'sec-websocket-protocol': `holdfast.v1, holdfast.bearer.${token}` };
    const foreign = { ...bad, origin: 'https://evil.example' };
    const [admitted, refused, elsewhere] = [
      await upgrade({ port: terminal(), headers: good }),
      await upgrade({ port: terminal(), headers: bad }),
      await upgrade({ port: terminal(), headers: foreign }),
    ];
    expect([admitted.status, refused.status, elsewhere.status]).toEqual([101, 401, 403]);
    expect(admitted.headers['sec-websocket-protocol']).toBe('holdfast.v1');
    const said = JSON.stringify([admitted, refused, elsewhere]) + server.log;
    for (const secret of [token, api.token]) expect(said).not.toContain(secret);
  });

  it.each([
    '/ws/../ws/terminal',
    '/./ws/terminal',
    '//ws/terminal',
    '/ws//terminal',
    '/ws/%74erminal',
    '/%77s/terminal',
    '/ws%2fterminal',
    '/..%2f..%2fws/terminal',
    '/ws/terminal%00',
    '/ws/terminal;a=b',
    '/ws/terminal/..',
    'http://evil.example/ws/terminal',
    '*',
  ])('H-11: is not at %s', async (path) => {
    for (const port of [terminal(), server.endpoints.http]) {
      const peer = await RawPeer.connect(port);
      peer.send(upgradeRequest(port, { path, headers: { Authorization: bearer()['authorization'] ?? '' } }));
      await peer.over();
      expect([400, 404]).toContain(peer.status);
    }
  });

  it('H-15: that is refused ends its connection; what comes after it gets no answer', async () => {
    const request = 'GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n';
    for (const port of [terminal(), server.endpoints.http]) {
      const peer = await RawPeer.connect(port);
      peer.send(upgradeRequest(port, { path: '/ws/terminal' }) + request);
      await peer.received('HTTP/1.1 401');
      peer.send(request);
      peer.send(clientFrame(Opcode.text, '{"event":"ping"}'));
      await peer.over();
      expect(peer.text.match(/HTTP\/1\.1/g)).toHaveLength(1);
      expect(peer.text).toContain('Connection: close');
    }
  });

  it('H-16: counts for the address it came from, whatever X-Forwarded-For says', async () => {
    const port = other.endpoints.terminal;
    const attempt = (i: number) => upgrade({ port, headers: { 'x-forwarded-for': `198.51.100.${i}` } });
    const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => attempt(i)));
    const limited = answers.filter(({ status }) => status === 429);
    expect(limited.length).toBeGreaterThanOrEqual(15);
    expect(limited[0]?.body).toMatchObject({ code: 'rate_limited', details: { limit: 'upgrade-address' } });
    expect(Number(limited[0]?.headers['retry-after'])).toBeGreaterThan(0);

    const login = (i: number) =>
      fetch(`${other.baseUrl}/api/auth/refresh`, { method: 'POST', headers: { 'x-forwarded-for': `198.51.100.${i}` } });
    const rest = await Promise.all(Array.from({ length: 40 }, (_, i) => login(i)));
    const refused = rest.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThanOrEqual(15);
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refused[0]?.json()).toMatchObject({ code: 'rate_limited', details: { limit: 'http-address' } });
  });

  it('the limits of an address leave those alone who have a valid token, and the probes', async () => {
    const me = () => fetch(`${other.baseUrl}/api/auth/me`, { headers: bearer() });
    const answers = await Promise.all(Array.from({ length: 40 }, me));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect((await fetch(`${other.baseUrl}/health/live`)).status).toBe(200);
    await eventually(async () => {
      const metrics = await (await fetch(`${other.baseUrl}/metrics`)).text();
      expect(metrics).toMatch(/^holdfast_limit_hits_total\{kind="upgrade-address"\} [1-9]/m);
    });
  });
});
