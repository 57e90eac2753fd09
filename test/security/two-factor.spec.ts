import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { promisify } from 'node:util';
import { WebSocket } from 'ws';
import { Client } from 'pg';
import { Clock } from '../../src/kernel/clock';
import { Authenticator } from '../support/authenticator';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { enroll } from '../support/enrolled';
import { eventually } from '../support/eventually';
import { RestApplication } from '../support/rest-application';
import { RestClient, type Tokens } from '../support/rest-client';
import { ROOT } from '../support/root';
import { TestServer } from '../support/server';

const execute = promisify(execFile);
const RESET = path.join(ROOT, 'dist/scripts/database/reset-two-factor.js');
const STEP_MS = 30_000;
const STEP_UP_MS = 5 * 60_000;

describe('An administrator of a production server, before a second factor is enrolled', () => {
  let server: TestServer;
  let tokens: Tokens;

  beforeAll(async () => {
    server = await TestServer.start({ NODE_ENV: 'production' });
    tokens = (await new RestClient(server.baseUrl).post<Tokens>('/api/auth/login', server.admin)).body;
  });
  afterAll(() => server?.stop());

  interface OpenApi {
    readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  }

  /** What the routes are filled with: the right form, and nobody's. */
  const url = (path: string): string => path.replace(/\{[^}]+\}/g, '00000000-0000-4000-8000-000000000000');

  async function routes(): Promise<[string, string][]> {
    const { client } = await enrolledAdmin();
    const { paths } = (await client.get<OpenApi>('/docs-json')).body;
    return Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method): [string, string] => [method.toUpperCase(), path]),
    );
  }

  /** Another administrator, because the first one stays without for this suite. */
  const enrolledAdmin = once(async () => {
    const credentials = { email: 'second@holdfast.local', password: randomBytes(12).toString('hex') };
    await withDatabase(server.databaseUrl, async (database) => {
      // With the password of the first one, who must not make others yet.
      await database.query(
        `INSERT INTO users (id, email, password_hash, role)
         SELECT gen_random_uuid(), $1, password_hash, role FROM users WHERE role = 'admin'`,
        [credentials.email],
      );
    });
    return enroll(server.baseUrl, { ...credentials, password: server.admin.password });
  });

  const isAboutLogin = (body: string): boolean => body.includes('Authorization: Bearer');

  function request(method: string, path: string, accessToken?: string): Promise<Response> {
    return fetch(`${server.baseUrl}${url(path)}`, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(accessToken !== undefined && { authorization: `Bearer ${accessToken}` }),
      },
      ...(method !== 'GET' && method !== 'DELETE' && { body: '{}' }),
    });
  }

  it('gets tokens that say what they are for', () => {
    expect(tokens).toMatchObject({ totpEnrollment: 'required', accessToken: expect.any(String) as string });
  });

  it('D-01: is refused on every route for administrators', async () => {
    const admin = (await routes()).filter(([, path]) => path.startsWith('/api/admin/'));
    expect(admin.length).toBeGreaterThan(4);
    for (const [method, path] of admin) {
      const answer = await request(method, path, tokens.accessToken);
      expect([method, path, answer.status, ((await answer.json()) as { code: string }).code]).toEqual([
        method,
        path,
        403,
        'totp_enrollment_required',
      ]);
    }
  });

  it('D-04: reaches nothing else with these tokens, neither routes nor sockets', async () => {
    const allowed = new Set(['POST /api/auth/logout', 'POST /api/auth/step-up', 'GET /api/auth/me']);
    const others = (await routes()).filter(
      ([method, path]) => !path.startsWith('/api/auth/totp') && !allowed.has(`${method} ${path}`),
    );
    let refused = 0;
    for (const [method, path] of others) {
      // A route for everybody has the same answer for somebody with such a token.
      const open = await request(method, path);
      const expected = open.status === 401 && isAboutLogin(await open.text()) ? 403 : open.status;
      if (expected === 403) refused++;
      expect([method, path, (await request(method, path, tokens.accessToken)).status]).toEqual([
        method,
        path,
        expected,
      ]);
    }
    expect(refused).toBeGreaterThan(20);
    for (const path of ['/metrics', '/health', '/stats/sessions']) {
      // As somebody from elsewhere, whom only a credential would let in.
      const headers = { authorization: `Bearer ${tokens.accessToken}`, 'x-forwarded-for': '203.0.113.1' };
      const answer = await fetch(`${server.baseUrl}${path}`, { headers });
      expect(await answer.text()).not.toMatch(/process_cpu|"postgres"|"open"/);
    }
    expect(await upgrade(tokens.accessToken)).toBe(403);
    expect(await upgrade((await enrolledAdmin()).tokens.accessToken)).toBe(101);
  });

  it('D-04: stays limited after a refresh, and cannot renew a socket with such a token', async () => {
    const login = (await new RestClient(server.baseUrl).post<Tokens>('/api/auth/login', server.admin)).body;
    const { refreshToken } = login;
    const again = await new RestClient(server.baseUrl).post<Tokens & { totpEnrollment?: string }>('/api/auth/refresh', {
      refreshToken,
    });
    expect(again.body.totpEnrollment).toBe('required');
    const { accessToken } = (await enrolledAdmin()).tokens;
    const socket = new WebSocket(server.terminalUrl, ['holdfast.v1'], {
      headers: { authorization: `Bearer ${accessToken}` },
    });
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.once('message', () =>
      socket.send(JSON.stringify({ event: 'auth.renew', data: { token: again.body.accessToken }, id: '1' })),
    );
    expect(await closed).toBe(4001);
  });

  it('cannot switch the second factor off', async () => {
    const { client } = await enrolledAdmin();
    expect((await client.delete('/api/auth/totp')).body).toMatchObject({ statusCode: 403, code: 'forbidden' });
  });

  it('can have it taken away on the server itself, which ends every login', async () => {
    const { tokens: before } = await enrolledAdmin();
    const run = (email: string) =>
      execute(process.execPath, [RESET, email], {
        cwd: server.dataDir,
        env: { PATH: process.env['PATH'], DATA_DIR: server.dataDir, DATABASE_URL: server.databaseUrl },
      });
    await expect(run('nobody@holdfast.local')).rejects.toMatchObject({ code: 1 });
    await run('SECOND@holdfast.local');
    await eventually(async () => {
      expect((await new RestClient(server.baseUrl, before.accessToken).get('/api/auth/me')).status).toBe(401);
    });
    const again = await new RestClient(server.baseUrl).post<object>('/api/auth/login', {
      email: 'second@holdfast.local',
      password: server.admin.password,
    });
    expect(again.body).toMatchObject({ totpEnrollment: 'required' });
  });

  function upgrade(accessToken: string): Promise<number> {
    const socket = new WebSocket(server.terminalUrl, ['holdfast.v1'], {
      headers: { authorization: `Bearer ${accessToken}` },
    });
    return new Promise((resolve) => {
      socket.once('open', () => (socket.terminate(), resolve(101)));
      socket.once('unexpected-response', (_, { statusCode }) => (socket.terminate(), resolve(statusCode ?? 0)));
      socket.on('error', () => undefined);
    });
  }
});

describe('Administrators among each other', () => {
  let server: RestApplication;

  beforeAll(async () => {
    server = await RestApplication.start();
  });
  afterAll(() => server?.stop());

  const path = (id: string, action = ''): string => `/api/admin/users/${id}${action}`;
  const roleOf = async (email: string, admin: RestClient): Promise<string | undefined> => {
    const { items } = (await admin.get<{ items: { email: string; role: string }[] }>('/api/admin/users?limit=200'))
      .body;
    return items.find((user) => user.email === email)?.role;
  };

  it('D-05: nobody below them changes, resets or disables one, or becomes one', async () => {
    const administrator = await server.login();
    const admin = server.client(administrator);
    for (const role of ['member', 'viewer']) {
      const credentials = { email: `${role}@test.local`, password: `password of ${role}` };
      await admin.post('/api/admin/users', { ...credentials, role });
      const tokens = await server.login(credentials);
      const client = server.client(tokens);
      const attempts = [
        client.patch(path(tokens.user.id), { role: 'admin' }),
        client.patch(path(administrator.user.id), { role: 'viewer' }),
        client.patch(path(administrator.user.id), { disabled: true }),
        client.post(path(administrator.user.id, '/reset-password')),
        client.post(path(administrator.user.id, '/reset-two-factor')),
        client.post('/api/admin/users', { email: 'mine@test.local', password: 'long enough', role: 'admin' }),
      ];
      for (const { status, body } of await Promise.all(attempts))
        expect([status, body.code]).toEqual([403, 'forbidden']);
      // The role of a token is signed with it, and told by nobody else.
      await client.post('/api/auth/refresh', { refreshToken: tokens.refreshToken, role: 'admin' });
      expect(await roleOf(credentials.email, admin)).toBe(role);
    }
    expect(
      (await server.client().post('/api/auth/login', { email: 'mine@test.local', password: 'long enough' })).status,
    ).toBe(401);
    expect(await roleOf(administrator.user.email, admin)).toBe('admin');
  });

  it('D-05: one that was demoted a moment ago changes nobody, and the last one stays', async () => {
    const [first, second] = [await server.login(), await server.loginAs('second@test.local', 'admin')];
    expect((await server.client(second).patch(path(first.user.id), { role: 'member' })).status).toBe(200);
    const late = await server.client(first).patch(path(second.user.id), { role: 'member' });
    expect(late.status).toBe(401);
    for (const change of [{ role: 'member' }, { disabled: true }]) {
      expect([403, 409]).toContain((await server.client(second).patch(path(second.user.id), change)).status);
    }
    expect((await server.client(second).get('/api/admin/users')).status).toBe(200);
  });
});

describe('Two-factor login', () => {
  let database: TestDatabase;
  let server: RestApplication;
  let otherNode: RestApplication;
  let now: number;

  beforeAll(async () => {
    database = await createTestDatabase();
    const env = { DATABASE_URL: database.url, SECRETS_KEY: randomBytes(32).toString('hex') };
    server = await RestApplication.start({ env });
    otherNode = await RestApplication.start({ env });
    now = Date.now();
    for (const node of [server, otherNode]) jest.spyOn(node.app.get(Clock), 'now').mockImplementation(() => now);
  });

  afterAll(async () => {
    await server?.stop();
    await otherNode?.stop();
    await database?.drop();
  });

  let count = 0;
  /** A user of their own for each test, with a second factor. */
  async function somebody() {
    const email = `somebody-${++count}@test.local`;
    const { user } = await server.loginAs(email);
    const credentials = { email, password: `password of ${email}` };
    const enrolled = await enroll(server.url, credentials, () => now);
    const login = (more: object = {}, node = server) =>
      node.client().post<Tokens & { code?: string }>('/api/auth/login', { ...credentials, ...more });
    return { ...enrolled, credentials, login, user };
  }

  const later = (ms: number): void => void (now += ms);

  it('asks for a code, and takes one in the field of the contract', async () => {
    const { app, login } = await somebody();
    const missing = await login();
    expect([missing.status, missing.body.code]).toEqual([401, 'totp_required']);
    expect((await login({ totp: '' })).body.code).toBe('totp_required');
    expect((await login({ totp: app.code(now) })).status).toBe(200);
  });

  it('says nothing about the second factor to whoever does not know the password', async () => {
    const { app, login } = await somebody();
    const wrong = await login({ password: 'wrong', totp: app.code(now) });
    expect([wrong.status, wrong.body.code]).toEqual([401, 'unauthenticated']);
  });

  it('D-02: refuses a code that was used, also on another gateway, and codes of more than one step away', async () => {
    const { app, login } = await somebody();
    const totp = app.code(now);
    const raced = await Promise.all([
      login({ totp }),
      login({ totp }, otherNode),
      login({ totp }),
      login({ totp }, otherNode),
    ]);
    expect(raced.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401]);
    later(STEP_MS);
    expect((await login({ totp }, otherNode)).body.code).toBe('totp_invalid');
    later(10 * STEP_MS);
    await login({ totp: app.code(now) });
    later(10 * STEP_MS);
    for (const step of [-2, 2]) expect((await login({ totp: app.code(now, step) })).body.code).toBe('totp_invalid');
    expect((await login({ totp: app.code(now, -1) })).status).toBe(200);
    expect((await login({ totp: app.code(now, 1) })).status).toBe(200);
    // An earlier one than the last, although it was not used itself.
    expect((await login({ totp: app.code(now) })).body.code).toBe('totp_invalid');
  });

  it('D-03: locks after five wrong codes, for every login of the user, until time has passed', async () => {
    const { app, login } = await somebody();
    const wrong = app.wrongCode(now);
    for (let attempt = 0; attempt < 5; attempt++) {
      // The password is right each time, on one node or the other: neither starts the count again.
      await login();
      const answer = await login({ totp: wrong }, attempt % 2 ? server : otherNode);
      expect(answer.body.code).toBe('totp_invalid');
    }
    const locked = await login({ totp: app.code(now) });
    expect([locked.status, locked.body.code]).toEqual([429, 'rate_limited']);
    expect(Number(locked.headers.get('retry-after'))).toBeGreaterThan(30);
    expect((await login({ totp: app.code(now) }, otherNode)).status).toBe(429);
    later(61_000);
    expect((await login({ totp: app.wrongCode(now) })).status).toBe(401);
    // Not five new ones: the next lock is longer.
    const again = await login({ totp: app.code(now) });
    expect([again.status, Number(again.headers.get('retry-after')) > 60]).toEqual([429, true]);
    later(121_000);
    expect((await login({ totp: app.code(now) })).status).toBe(200);
  });

  it('D-06: takes each recovery code once, and none of the old ones after new ones were made', async () => {
    const { recoveryCodes, login, client } = await somebody();
    expect(new Set(recoveryCodes).size).toBe(10);
    const [first, second, third, fourth] = recoveryCodes as [string, string, string, string];
    expect((await login({ totp: first })).status).toBe(200);
    expect((await login({ totp: first })).status).toBe(401);
    // As people type them.
    expect((await login({ recoveryCode: second.toUpperCase().replaceAll('-', ' ') })).status).toBe(200);
    const raced = await Promise.all([login({ totp: third }), login({ totp: third }, otherNode)]);
    expect(raced.map(({ status }) => status).sort()).toEqual([200, 401]);
    const status = await client.get<{ recoveryCodesLeft: number }>('/api/auth/totp');
    expect(status.body).toEqual({ enrolled: true, required: false, recoveryCodesLeft: 7 });
    const renewed = (await client.post<{ recoveryCodes: string[] }>('/api/auth/totp/recovery-codes')).body
      .recoveryCodes;
    expect((await login({ totp: fourth })).status).toBe(401);
    expect((await login({ totp: renewed[0] })).status).toBe(200);
  });

  it('D-07: needs a password and code of the last five minutes to enroll, to remove, and to make recovery codes', async () => {
    const { app, client, credentials, login, tokens } = await somebody();
    later(STEP_UP_MS);
    const dangerous = [
      () => client.post('/api/auth/totp/enroll'),
      () => client.post('/api/auth/totp/recovery-codes'),
      () => client.delete('/api/auth/totp'),
    ];
    for (const call of dangerous) expect((await call()).body.code).toBe('step_up_required');
    const { password } = credentials;
    const stepUp = (body: object, node = server) => node.client(tokens).post('/api/auth/step-up', body);
    expect((await stepUp({ password: 'wrong', totp: app.code(now) })).body.code).toBe('password_wrong');
    expect((await stepUp({ password })).body.code).toBe('totp_required');
    expect((await stepUp({ password, totp: app.wrongCode(now) })).body.code).toBe('totp_invalid');
    for (const call of dangerous) expect((await call()).body.code).toBe('step_up_required');
    // On another node than the one that is asked afterwards.
    const confirmed = await stepUp({ password, totp: app.code(now) }, otherNode);
    expect([confirmed.status, confirmed.body]).toEqual([200, { expiresIn: 300 }]);
    expect((await dangerous[1]?.())?.status).toBe(200);
    expect((await client.delete('/api/auth/totp')).status).toBe(204);
    expect((await login()).status).toBe(200);
  });

  it('D-05: an administrator whose last proof is old makes members, and no administrators', async () => {
    const admin = server.client(await server.login());
    later(STEP_UP_MS);
    const make = (role: string) =>
      admin.post('/api/admin/users', { email: `new-${role}@test.local`, password: 'long enough', role });
    expect((await make('admin')).body.code).toBe('step_up_required');
    expect((await make('member')).status).toBe(201);
  });

  it('D-07: a step-up is one of its login, and of no other', async () => {
    const { app, login, tokens } = await somebody();
    const other = (await login({ totp: app.code(now) })).body;
    later(STEP_UP_MS);
    const fresh = (await login({ totp: app.code(now) })).body;
    expect((await server.client(fresh).post('/api/auth/totp/recovery-codes')).status).toBe(200);
    for (const old of [other, tokens]) {
      const answer = await server.client(old).post('/api/auth/totp/recovery-codes');
      expect(answer.body.code).toBe('step_up_required');
    }
  });

  it('keeps the old app until the new one is confirmed, and ends every other login then', async () => {
    const { app, client, login } = await somebody();
    const other = (await login({ totp: app.code(now) })).body;
    const { secret } = (await client.post<{ secret: string }>('/api/auth/totp/enroll')).body;
    const next = new Authenticator(secret);
    expect((await login({ totp: next.code(now) })).status).toBe(401);
    expect((await login({ totp: app.code(now, 1) })).status).toBe(200);
    expect((await client.post('/api/auth/totp/confirm', { code: next.wrongCode(now) })).status).toBe(401);
    expect((await client.post('/api/auth/totp/confirm', { code: next.code(now) })).status).toBe(200);
    expect((await server.client(other).get('/api/auth/me')).status).toBe(401);
    expect((await client.get('/api/auth/me')).status).toBe(200);
    later(STEP_MS);
    expect((await login({ totp: app.code(now) })).status).toBe(401);
    expect((await login({ totp: next.code(now) })).status).toBe(200);
    expect((await client.post('/api/auth/totp/confirm', { code: next.code(now) })).body.code).toBe('conflict');
  });

  it('S-05: stores refresh tokens and recovery codes as hashes, and the secret of the app encrypted', async () => {
    const { recoveryCodes, tokens, user } = await somebody();
    const { secret } = (await server.client(tokens).post<{ secret: string }>('/api/auth/totp/enroll')).body;
    const dump = await withDatabase(database.url, async (client) => {
      const { rows } = await client.query<{ name: string }>(
        `SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public'`,
      );
      const tables: string[] = [];
      for (const { name } of rows) {
        tables.push(JSON.stringify((await client.query(`SELECT t::text AS row FROM ${name} t`)).rows));
      }
      return tables.join('\n');
    });
    expect(dump).toContain(user.id);
    const bytes = Buffer.from(recoveryCodes.join('')).toString('base64');
    for (const secretText of [secret, tokens.refreshToken, tokens.accessToken, bytes]) {
      expect(dump).not.toContain(secretText);
    }
    for (const code of recoveryCodes) {
      expect(dump.toLowerCase()).not.toContain(code);
      expect(dump.toLowerCase()).not.toContain(code.replaceAll('-', ''));
    }
    expect(dump).toMatch(/v1\.[0-9a-f]{8}\.[\w-]{50,}/);
  });
});

async function withDatabase<T>(url: string, use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
