import { Api } from '../support/api';
import { eventually } from '../support/eventually';
import { fetchDocument, fill, operationsOf } from '../support/routes/open-api-document';
import { PRODUCTION } from '../support/routes/production';
import { bearer, type RawAnswer, type RawRequest, rawRequest } from '../support/routes/raw-request';
import { ROUTE_TABLE } from '../support/routes/route-table';
import { World } from '../support/routes/world';
import { TestServer } from '../support/server';
import { WireClient } from '../support/wire-client';

const ALLOWED_ORIGIN = 'https://console.example';
/** A stack, a statement, a driver's sentence, or a place on the server's disk. */
const INSIDES =
  /node_modules|\bat .+:\d+:\d+\)?|SELECT |INSERT |QueryFailedError|ENOENT|\/(?:w|root|home|tmp|usr)\/[\w-]/;

describe('The surface of a server', () => {
  let world: World;
  let member: Api;
  let admin: Api;

  beforeAll(async () => {
    world = await World.start({ ALLOWED_ORIGINS: ALLOWED_ORIGIN });
    [member, admin] = [await world.login('member'), await world.login('admin')];
  });

  afterAll(() => world?.stop());

  const send = (request: RawRequest): Promise<RawAnswer> => rawRequest(world.server, request);
  const json = { 'content-type': 'application/json' };

  it('S-03: says in its errors what to do, and nothing about its insides', async () => {
    const token = bearer(admin.token);
    const requests: RawRequest[] = [
      { path: '/api/nothing' },
      { path: '/%E0%A4%A' },
      { path: '/%00' },
      { path: '/assets/..%2f..%2f..%2fetc%2fpasswd' },
      { path: '/..%5c..%5cetc%5cpasswd' },
      { path: '/docs/..%2f..%2fpackage.json' },
      { path: '/api/sessions/%E0%A4%A', headers: token },
      { path: '/api/projects/%00', headers: token },
      { path: `/api/projects/${'x'.repeat(3000)}`, headers: token },
      { path: '/api/admin/users/not-a-uuid', headers: token },
      { path: '/api/admin/users?cursor=AAAA', headers: token },
      { path: '/api/sessions?limit=1e99', headers: token },
      { path: '/api/auth/login', method: 'POST', headers: json, body: '{"email":' },
      { path: '/api/auth/login', method: 'POST', headers: json, body: '[]' },
      { path: '/api/auth/login', method: 'POST', headers: json, body: `"${'x'.repeat(2_000_000)}"` },
      { path: '/api/auth/login', method: 'POST', headers: { ...json, 'content-encoding': 'x' }, body: '{}' },
      { path: '/api/auth/login', method: 'POST', headers: { ...json, 'content-encoding': 'gzip' }, body: '{}' },
      {
        path: '/api/auth/login',
        method: 'POST',
        headers: { 'content-type': 'application/json; charset=x' },
        body: '{}',
      },
      { path: '/api/auth/refresh', method: 'POST', headers: json, body: '{"refreshToken":"x\\u0000"}' },
      { path: '/api/auth/me', headers: bearer('eyJhbGciOiJub25lIn0.e30.') },
    ];
    for (const request of requests) {
      const { status, body } = await send(request);
      expect({ path: request.path.slice(0, 40), status, insides: INSIDES.exec(body)?.[0] }).toMatchObject({
        insides: undefined,
      });
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
      if (request.path.startsWith('/api/'))
        expect(JSON.parse(body)).toMatchObject({ statusCode: status, requestId: expect.any(String) as string });
    }
  });

  it('S-06: sends with every answer what keeps a browser from harm, and does not say what it runs on', async () => {
    const token = bearer(admin.token);
    for (const path of [
      '/',
      '/docs',
      '/docs-json',
      '/health',
      '/metrics',
      '/api/auth/me',
      '/api/nothing',
      '/nothing',
    ]) {
      const { headers } = await send({ path, headers: token });
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'content-security-policy': expect.stringContaining(`frame-ancestors 'none'`) as string,
        'referrer-policy': 'no-referrer',
      });
      expect(headers['server']).toBeUndefined();
      expect(headers['x-powered-by']).toBeUndefined();
      const script = /script-src ([^;]*)/.exec(String(headers['content-security-policy']))?.[1] ?? '';
      if (!path.startsWith('/docs')) expect(script).not.toMatch(/unsafe-inline|unsafe-eval'(?<!wasm-unsafe-eval')|\*/);
    }
  });

  it('S-06: lets nobody keep what the API answered, above all no credential', async () => {
    const operations = operationsOf(await fetchDocument(world.server)).filter(({ path }) => path.startsWith('/api/'));
    for (const { method, path } of operations) {
      const { headers } = await send({ method, path: fill(path) });
      expect({ path, cacheControl: headers['cache-control'] }).toEqual({ path, cacheControl: 'no-store' });
    }
    const login = await send({
      method: 'POST',
      path: '/api/auth/login',
      headers: json,
      body: JSON.stringify(world.credentials.member),
    });
    expect(login).toMatchObject({ status: 200, headers: { 'cache-control': 'no-store' } });
    expect(login.headers['set-cookie']).toBeUndefined();
  });

  it('S-07: lets pages of exactly the listed origins call it, and never with a wildcard or with cookies', async () => {
    const preflight = (origin: string) =>
      send({
        method: 'OPTIONS',
        path: '/api/auth/login',
        headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' },
      });
    const allowed = await preflight(ALLOWED_ORIGIN);
    expect(allowed).toMatchObject({
      status: 204,
      headers: { 'access-control-allow-origin': ALLOWED_ORIGIN, vary: expect.stringContaining('Origin') as string },
    });
    expect(allowed.headers['access-control-allow-credentials']).toBeUndefined();
    const others = [
      'https://evil.example',
      'http://console.example',
      `${ALLOWED_ORIGIN}:8443`,
      `${ALLOWED_ORIGIN}.evil.example`,
      'https://evil-console.example',
      ALLOWED_ORIGIN.toUpperCase(),
      'null',
      '*',
      '',
    ];
    for (const origin of others) {
      const refused = await preflight(origin);
      expect({ origin, status: refused.status }).toEqual({ origin, status: 405 });
      const simple = await send({ path: '/api/auth/me', headers: { origin, ...bearer(member.token) } });
      for (const { headers } of [refused, simple]) {
        expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
      }
    }
  });

  it('D-09: takes bodies as JSON only, which a page of another site cannot send, and needs no cookie', async () => {
    const rows = ROUTE_TABLE.filter(({ route }) => /^(POST|PUT|PATCH|DELETE) /.test(route));
    for (const { route, call } of rows) {
      const [method = '', path = ''] = route.split(' ');
      const { params, body = {} } = await call(world, 'admin');
      for (const type of [
        'text/plain',
        'application/x-www-form-urlencoded',
        'multipart/form-data; boundary=x',
        'application/jsonp',
        undefined,
      ]) {
        const headers = { ...bearer(admin.token), ...(type !== undefined && { 'content-type': type }) };
        const { status } = await send({ method, path: fill(path, params), headers, body: JSON.stringify(body) });
        expect({ route, type, status }).toEqual({ route, type, status: 415 });
      }
    }
    const withCookie = await send({
      path: '/api/auth/me',
      headers: { cookie: `accessToken=${admin.token}; token=${admin.token}` },
    });
    expect(withCookie.status).toBe(401);
  });

  it('D-11: answers lists in pages of bounded size, and no search with a pattern of its own', async () => {
    const lists = operationsOf(await fetchDocument(world.server)).filter(
      ({ operation }) => operation.parameters?.some(({ name }) => name === 'limit') ?? false,
    );
    expect(lists.length).toBeGreaterThan(8);
    for (const { route, path } of lists) {
      const row = ROUTE_TABLE.find((candidate) => candidate.route === route);
      const { params, query = '' } = (await row?.call(world, 'admin')) ?? {};
      for (const limit of ['0', '-1', '201', '1000000', '1.5', 'all', '', '1e3']) {
        const { status } = await admin.request('GET', `${fill(path, params)}?${query}&limit=${limit}`);
        expect({ route, limit, status }).toEqual({ route, limit, status: 400 });
      }
      for (const cursor of ['x', '%00', 'a'.repeat(2000), '../..']) {
        const { status } = await admin.request('GET', `${fill(path, params)}?${query}&cursor=${cursor}`);
        expect({ route, cursor: cursor.slice(0, 10), status }).toEqual({
          route,
          cursor: cursor.slice(0, 10),
          status: 400,
        });
      }
      const { status, body } = await admin.request<{ items: unknown[] }>(
        'GET',
        `${fill(path, params)}?${query}&limit=1`,
      );
      expect({ route, status, isBounded: body.items.length <= 1 }).toEqual({ route, status: 200, isBounded: true });
    }
    const found = async (q: string) =>
      (await admin.request<{ items: unknown[] }>('GET', `/api/admin/users?q=${q}`)).body.items;
    expect(await found('MEMBER%40')).toHaveLength(1);
    expect(await found('%25')).toHaveLength(0);
    expect(await found('m_mber')).toHaveLength(0);
    expect((await admin.request('GET', `/api/admin/users?q=${'x'.repeat(400)}`)).status).toBe(400);
  });
});

describe('A server in production', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await TestServer.start(PRODUCTION);
  });

  afterAll(() => server?.stop());

  it('S-08: shows numbers, the map of its API and details of its health only to who says who they are', async () => {
    for (const path of [
      '/metrics',
      '/stats/sessions',
      '/stats/circuit-breaker',
      '/docs',
      '/docs/',
      '/DOCS',
      '/docs-json',
      '/Docs-Json',
      '/docs-yaml',
      '/docs/swagger-ui-init.js',
    ]) {
      for (const headers of [
        {},
        { 'x-forwarded-for': '127.0.0.1' },
        bearer('not-the-token-for-it'),
        { cookie: 'token=x' },
      ]) {
        const { status } = await rawRequest(server, { path, headers });
        expect({ path, headers, isRefused: status === 401 || status === 403 || status === 404 }).toMatchObject({
          isRefused: true,
        });
      }
    }
    for (const path of ['/health', '/health/ready']) {
      await eventually(async () => {
        const { status, body } = await rawRequest(server, { path });
        expect({ status, keys: Object.keys(JSON.parse(body) as object) }).toEqual({ status: 200, keys: ['status'] });
      });
    }
    const token = bearer(PRODUCTION.METRICS_TOKEN);
    expect((await rawRequest(server, { path: '/metrics', headers: token })).status).toBe(200);
    expect((await rawRequest(server, { path: '/docs-json', headers: token })).status).toBe(200);
    expect(
      Object.keys(JSON.parse((await rawRequest(server, { path: '/health', headers: token })).body) as object),
    ).toContain('checks');
  });
});

describe('Sessions that are made at the same time', () => {
  const ATTEMPTS = 50;
  const LIMIT = 3;
  let server: TestServer;
  let admin: Api;

  beforeAll(async () => {
    server = await TestServer.start();
    admin = await Api.login(server);
  });

  afterAll(() => server?.stop());

  const running = async (): Promise<number> =>
    (await admin.request<{ items: unknown[] }>('GET', '/api/admin/sessions?status=running')).body.items.length;

  /** All at once, over two sockets; answers how many there are then. */
  async function race(projectOf: (attempt: number) => string): Promise<{ opened: number; limits: Set<unknown> }> {
    const sockets = await Promise.all([1, 2].map(() => WireClient.connect(server.terminalUrl, admin.token)));
    const answers = await Promise.all(
      Array.from({ length: ATTEMPTS }, (_, attempt) =>
        (sockets[attempt % 2] as WireClient).tryOpen({ channel: attempt, projectId: projectOf(attempt) }),
      ),
    );
    const opened = answers.filter(({ event }) => event === 'opened');
    const refused = answers.filter(({ event }) => event === 'error');
    for (const { data } of refused) expect(data).toMatchObject({ code: 'session_limit' });
    for (const socket of sockets) socket.terminate();
    for (const { data } of opened) await admin.request('DELETE', `/api/sessions/${String(data['sessionId'])}`);
    await eventually(async () => expect(await running()).toBe(0));
    const limits = new Set(refused.map(({ data }) => (data['details'] as { limit: string }).limit));
    return { opened: opened.length, limits };
  }

  it.each([
    ['project', { sessionsPerProject: LIMIT }, 'SESSION_MAX_PER_PROJECT', () => 'one-project'],
    ['user', { sessionsPerUser: LIMIT }, 'SESSION_MAX_PER_USER', (attempt: number) => `project-${attempt % 10}`],
    ['installation', { sessionsTotal: LIMIT }, 'SESSION_MAX_TOTAL', (attempt: number) => `place-${attempt % 10}`],
  ] as const)(
    'R-10: are never more than a %s may have, which an administrator can change',
    async (_, setting, limit, projectOf) => {
      const unset = { sessionsPerProject: null, sessionsPerUser: null, sessionsTotal: null };
      expect((await admin.request('PATCH', '/api/admin/settings', { ...unset, ...setting })).status).toBe(200);
      const { opened, limits } = await race(projectOf);
      expect({ opened, limits }).toEqual({ opened: LIMIT, limits: new Set([limit]) });
    },
  );
});
