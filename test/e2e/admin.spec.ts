import { Api } from '../support/api';
import { eventually } from '../support/eventually';
import { TestServer } from '../support/server';
import { WireClient } from '../support/wire-client';

interface Page<T = Record<string, unknown>> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

interface Settings {
  readonly changeable: readonly { readonly key: string; readonly value: unknown; readonly changedBy: string | null }[];
  readonly environment: readonly { readonly name: string; readonly value: string | null; readonly secret: boolean }[];
}

const BOB = { email: 'bob@test.local', password: 'the password of bob' };

describe('Administrators', () => {
  let server: TestServer;
  let admin: Api;
  let bob: Api;
  let bobId: string;

  beforeAll(async () => {
    // Two gateways on the same ports, of which either may answer; nobody listens where Redis should be.
    const env = { GATEWAY_PROCESSES: '2', GATEWAY_SPARE: 'false', REDIS_URL: 'redis://127.0.0.1:1' };
    server = await TestServer.start(env, { supervised: true });
    await server.gateways.settled({ serving: 2, spare: 0 });
    admin = await Api.login(server);
    bobId = (await admin.request<{ id: string }>('POST', '/api/admin/users', BOB)).body.id;
    bob = await Api.login(server, BOB);
  });

  afterAll(() => server?.stop());

  const list = async <T>(path: string): Promise<readonly T[]> => (await admin.request<Page<T>>('GET', path)).body.items;

  it('find users by a part of their address, whatever its case, and by role and state', async () => {
    expect(await list('/api/admin/users?q=BOB@')).toMatchObject([{ id: bobId, email: BOB.email, disabled: false }]);
    expect(await list('/api/admin/users?q=bob&disabled=true')).toEqual([]);
    expect(await list('/api/admin/users?role=admin')).toMatchObject([{ email: server.admin.email }]);
    expect((await admin.request('GET', `/api/admin/users/${bobId}`)).body).toMatchObject({ email: BOB.email });
  });

  it('do not change their own account, so that there is always another look at it', async () => {
    const me = (await admin.request<{ id: string }>('GET', '/api/auth/me')).body.id;
    for (const change of [{ role: 'admin' }, { disabled: true }, { disabled: false }]) {
      expect((await admin.request('PATCH', `/api/admin/users/${me}`, change)).body).toMatchObject({ code: 'conflict' });
    }
    expect((await admin.request('POST', `/api/admin/users/${me}/reset-password`)).body).toMatchObject({
      code: 'conflict',
    });
  });

  it('see where a user is logged in, and end one login or all of them with their sockets', async () => {
    const [first, second] = [await Api.login(server, BOB), await Api.login(server, BOB)];
    const socket = await WireClient.connect(server.terminalUrl, second.token);
    const logins = await list<{ id: string }>(`/api/admin/users/${bobId}/logins`);
    expect(logins).toHaveLength(3);
    const claims = JSON.parse(Buffer.from(first.token.split('.')[1] ?? '', 'base64url').toString()) as { sid: string };
    expect((await admin.request('DELETE', `/api/admin/users/${bobId}/logins/${claims.sid}`)).status).toBe(204);
    await eventually(async () => expect((await first.request('GET', '/api/auth/me')).status).toBe(401));
    expect((await second.request('GET', '/api/auth/me')).status).toBe(200);
    expect((await admin.request('DELETE', `/api/admin/users/${bobId}/logins`)).status).toBe(204);
    await socket.until(() => socket.closed !== undefined, 'close');
    expect(socket.closed?.code).toBe(4003);
    expect(await list(`/api/admin/users/${bobId}/logins`)).toEqual([]);
    bob = await Api.login(server, BOB);
  });

  it('reset a password with a token that is shown once, is good once, and ends every login', async () => {
    const reset = await admin.request<{ token: string }>('POST', `/api/admin/users/${bobId}/reset-password`);
    expect(reset).toMatchObject({ status: 200, body: { token: expect.any(String) as string } });
    await expect(Api.login(server, BOB)).rejects.toThrow('unauthenticated');
    await eventually(async () => expect((await bob.request('GET', '/api/auth/me')).status).toBe(401));
    const redeem = (token: string, newPassword: string) =>
      fetch(`${server.baseUrl}/api/auth/password-reset`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ token, newPassword }),
      });
    // A newer token replaces an older one.
    const newer = await admin.request<{ token: string }>('POST', `/api/admin/users/${bobId}/reset-password`);
    expect((await redeem(reset.body.token, 'whatever it may be')).status).toBe(401);
    const attempts = await Promise.all([1, 2, 3].map(() => redeem(newer.body.token, BOB.password)));
    expect(attempts.map(({ status }) => status).sort()).toEqual([204, 401, 401]);
    bob = await Api.login(server, BOB);
  });

  it('make, change and delete projects of others, and decide who is in them', async () => {
    const made = await admin.request('POST', '/api/admin/projects', { id: 'of-bob', name: 'Of Bob', ownerId: bobId });
    expect(made).toMatchObject({
      status: 201,
      body: { ownerId: bobId, ownerEmail: BOB.email, members: 1, runningSessions: 0 },
    });
    expect((await bob.request('GET', '/api/projects/of-bob')).body).toMatchObject({ role: 'owner' });
    expect(await list('/api/admin/projects?q=OF%20b')).toMatchObject([{ id: 'of-bob' }]);
    expect(await list(`/api/admin/projects?ownerId=${bobId}`)).toMatchObject([{ id: 'of-bob' }]);
    const members = '/api/admin/projects/of-bob/members';
    expect((await admin.request('PUT', `${members}/${server.admin.email}`, { role: 'viewer' })).status).toBe(200);
    expect(await list(members)).toHaveLength(2);
    expect((await admin.request('DELETE', `${members}/${BOB.email}`)).body).toMatchObject({ code: 'conflict' });
    expect((await admin.request('PATCH', '/api/admin/projects/of-bob', { name: 'Renamed' })).body).toMatchObject({
      name: 'Renamed',
    });
    expect((await admin.request('DELETE', '/api/admin/projects/of-bob')).status).toBe(204);
    expect((await bob.request('GET', '/api/projects/of-bob')).status).toBe(404);
  });

  it('see every session with the reason why it lives, and end it with a reason its users are told', async () => {
    const socket = await WireClient.connect(server.terminalUrl, bob.token);
    const { sessionId } = await socket.open({ channel: 1, projectId: 'terminals-of-bob' });
    expect(await list(`/api/admin/sessions?ownerId=${bobId}&status=running`)).toMatchObject([
      { id: sessionId, ownerEmail: BOB.email, projectId: 'terminals-of-bob' },
    ]);
    const path = `/api/admin/sessions/${sessionId}`;
    expect((await admin.request('GET', path)).body).toMatchObject({
      attachments: 1,
      lifetime: { state: 'watched', because: 'Somebody watches it.' },
    });
    expect((await admin.request('POST', `${path}/terminate`, { reason: '\u001b[31mred' })).status).toBe(400);
    expect((await admin.request('POST', `${path}/terminate`, { reason: 'The machine is needed.' })).status).toBe(204);
    const notice = await socket.event('notice', ({ kind }) => kind === 'terminated');
    expect(notice.text).toBe(`${server.admin.email}, an administrator, ends this terminal: The machine is needed.`);
    await socket.event('exited');
    await eventually(async () => {
      const { items } = (await bob.request<Page>('GET', `/api/sessions/${sessionId}/events`)).body;
      expect(items).toContainEqual(
        expect.objectContaining({
          kind: 'terminated-by-administrator',
          data: { by: expect.any(String) as string, reason: 'The machine is needed.' },
        }),
      );
    });
    await eventually(async () =>
      expect((await admin.request('POST', `${path}/terminate`, { reason: 'again' })).body).toMatchObject({
        code: 'session_ended',
      }),
    );
    socket.terminate();
  });

  it('are asked which one is meant when somebody gave two sessions one id', async () => {
    const socket = await WireClient.connect(server.terminalUrl, bob.token);
    const sessionId = `session_${Date.now()}_samesamesamesame`;
    await socket.open({ channel: 1, projectId: 'terminals-of-bob', sessionId });
    await socket.open({ channel: 2, projectId: 'more-of-bob', sessionId });
    const answer = await admin.request('GET', `/api/admin/sessions/${sessionId}`);
    expect(answer).toMatchObject({
      status: 409,
      body: { details: { projectIds: ['more-of-bob', 'terminals-of-bob'] } },
    });
    const which = await admin.request('GET', `/api/admin/sessions/${sessionId}?projectId=more-of-bob`);
    expect(which.body).toMatchObject({ projectId: 'more-of-bob' });
    socket.terminate();
  });

  it('change settings for every gateway at once, within bounds, and see those of the environment without secrets', async () => {
    const path = '/api/admin/settings';
    for (const body of [
      { sessionsPerProject: 0 },
      { sessionsPerProject: 1.5 },
      { retentionMinutes: '5' },
      { loginBanner: '\u0007' },
      { port: 1 },
    ]) {
      expect((await admin.request('PATCH', path, body)).status).toBe(400);
    }
    expect((await admin.request('PATCH', path, { sharingAllowed: false })).status).toBe(200);
    await eventually(async () => {
      const refused = await bob.request('POST', '/api/shares/redeem', { token: 'x' });
      expect(refused.body).toMatchObject({ code: 'forbidden' });
    });
    await admin.request('PATCH', path, { sharingAllowed: null });
    const changed = await admin.request<Settings>('PATCH', path, { sessionsPerProject: 2, loginBanner: 'Be kind.' });
    expect(changed.body.changeable).toContainEqual(
      expect.objectContaining({ key: 'sessionsPerProject', value: 2, changedBy: expect.any(String) as string }),
    );
    expect(changed.body.environment).toContainEqual(
      expect.objectContaining({ name: 'ADMIN_PASSWORD', value: null, secret: true }),
    );
    expect(JSON.stringify(changed.body)).not.toContain(server.admin.password);
    await eventually(async () => {
      // Twenty connections of their own: both gateways answer some of them.
      const banners = await Promise.all(
        Array.from({ length: 20 }, () =>
          fetch(`${server.baseUrl}/api/auth/banner`, { headers: { connection: 'close' } }).then((answer) =>
            answer.json(),
          ),
        ),
      );
      expect(new Set(banners.map((banner) => (banner as { text: string }).text))).toEqual(new Set(['Be kind.']));
    });
    const reset = await admin.request<Settings>('PATCH', path, { sessionsPerProject: null, loginBanner: null });
    expect(reset.body.changeable).toContainEqual(
      expect.objectContaining({ key: 'sessionsPerProject', value: 1000, changedBy: null }),
    );
  });

  it('are told what is wrong now, since when, and what to do', async () => {
    const alerts = await list<{ code: string; subject: string | null; message: string; since: string }>(
      '/api/admin/alerts',
    );
    expect(alerts).toContainEqual({
      code: 'cache_degraded',
      severity: 'warning',
      subject: null,
      message: expect.stringContaining('Redis') as string,
      since: expect.any(String) as string,
    });
    expect(alerts.map(({ code }) => code)).not.toContain('pty_host_down');
  });

  it('replace the gateways of a node without refusing anybody', async () => {
    const [node] = await list<{ name: string; supervised: boolean; gateways: { pid: number }[] }>('/api/admin/nodes');
    expect(node).toMatchObject({ supervised: true, gateways: [{ state: 'serving' }, { state: 'serving' }] });
    const before = node?.gateways.map(({ pid }) => pid) ?? [];
    expect((await admin.request('POST', '/api/admin/nodes/another/drain')).status).toBe(404);
    expect((await admin.request('POST', `/api/admin/nodes/${node?.name}/drain`)).status).toBe(202);
    await eventually(async () => {
      const [now] = await list<{ roll: { state: string }; gateways: { pid: number }[] }>('/api/admin/nodes');
      expect(now?.roll.state).toBe('done');
      expect(now?.gateways.some(({ pid }) => before.includes(pid))).toBe(false);
    }, 60_000);
  });
});
