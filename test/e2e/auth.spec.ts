import { AccessEvents } from '../../src/auth/access-events';
import { AccessTokens } from '../../src/auth/access-tokens';
import { type IssuedTicket, WsTickets } from '../../src/auth/ws-tickets';
import { Clock } from '../../src/kernel/clock';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { eventually } from '../support/eventually';
import type { Tokens } from '../support/rest-client';
import { ADMIN, RestApplication } from '../support/rest-application';

describe('Authentication', () => {
  let database: TestDatabase;
  let server: RestApplication;
  let otherNode: RestApplication;

  beforeAll(async () => {
    database = await createTestDatabase();
    server = await RestApplication.start({ env: { DATABASE_URL: database.url } });
    otherNode = await RestApplication.start({ env: { DATABASE_URL: database.url } });
  });

  afterAll(async () => {
    await server?.stop();
    await otherNode?.stop();
    await database?.drop();
  });

  afterEach(() => jest.restoreAllMocks());

  function refresh({ refreshToken }: Tokens, node = server) {
    return node.client().post<Tokens>('/api/auth/refresh', { refreshToken });
  }

  async function isLoggedIn(tokens: Tokens, node = server): Promise<boolean> {
    return (await node.client(tokens).get('/api/auth/me')).status === 200;
  }

  /** Moves the clock of the server, which decides how old a token is. */
  function advanceClock(ms: number, node = server): void {
    const clock = node.app.get(Clock);
    const now = Date.now() + ms;
    jest.spyOn(clock, 'now').mockReturnValue(now);
  }

  it('gives tokens and the user for the right password, and keeps them out of caches', async () => {
    const { status, body, headers } = await server.client().post<Tokens>('/api/auth/login', ADMIN);
    expect(status).toBe(200);
    expect(body).toEqual({
      accessToken: expect.any(String) as string,
      refreshToken: expect.any(String) as string,
      expiresIn: 900,
      user: { id: expect.any(String) as string, email: ADMIN.email, role: 'admin' },
    });
    expect(headers.get('cache-control')).toBe('no-store');
    const me = await otherNode.client(body).get('/api/auth/me');
    expect(me.body).toEqual(body.user);
  });

  it('takes the e-mail address in any case', async () => {
    await expect(server.login({ ...ADMIN, email: ' ADMIN@Test.local ' })).resolves.toMatchObject({
      user: { email: ADMIN.email },
    });
  });

  it('answers the same to a wrong password and to an unknown user', async () => {
    const wrong = await server.client().post('/api/auth/login', { ...ADMIN, password: 'wrong' });
    const unknown = await server.client().post('/api/auth/login', { ...ADMIN, email: 'nobody@test.local' });
    expect(wrong.status).toBe(401);
    expect({ ...wrong.body, requestId: '' }).toEqual({ ...unknown.body, requestId: '' });
  });

  it.each<[unknown]>([[{}], [{ email: 'a@b', password: { $ne: 1 } }], [{ email: ['a@b'], password: 'x' }], ['x']])(
    'refuses a body that is no login: %j',
    async (body) => {
      const { status, body: error } = await server.client().post('/api/auth/login', body);
      expect(status).toBe(400);
      expect(error).toMatchObject({ statusCode: 400, code: 'bad_request', requestId: expect.any(String) as string });
    },
  );

  it('refuses requests without a credential, with a bad one, and with a broken body', async () => {
    expect((await server.client().get('/api/auth/me')).body.code).toBe('unauthenticated');
    expect((await server.client({ accessToken: 'x' }).get('/api/auth/me')).status).toBe(401);
    const broken = await fetch(`${server.url}/api/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{',
    });
    expect(broken.status).toBe(400);
    expect(await broken.json()).toMatchObject({ code: 'bad_request' });
  });

  describe('refresh', () => {
    it('rotates: the new tokens work', async () => {
      const first = await server.login();
      const second = await refresh(first);
      expect(second.status).toBe(200);
      expect(second.body.refreshToken).not.toBe(first.refreshToken);
      expect(await isLoggedIn(second.body)).toBe(true);
      expect((await refresh(second.body)).status).toBe(200);
    });

    it('gives a client whose answer was lost the same successor again', async () => {
      const first = await server.login();
      const [one, two] = await Promise.all([refresh(first), refresh(first, otherNode)]);
      expect(one.status).toBe(200);
      expect(two.body.refreshToken).toBe(one.body.refreshToken);
    });

    it('ends the login, on every node, when a used token comes again after its successor was used', async () => {
      const first = await server.login();
      const second = (await refresh(first)).body;
      const third = (await refresh(second)).body;
      expect((await refresh(first)).body).toMatchObject({ code: 'unauthenticated' });
      expect((await refresh(third)).status).toBe(401);
      expect(await isLoggedIn(third)).toBe(false);
      await eventually(async () => expect(await isLoggedIn(third, otherNode)).toBe(false));
    });

    it('ends the login when a used token comes again after the grace period', async () => {
      const first = await server.login();
      const second = (await refresh(first)).body;
      advanceClock(10_001);
      expect((await refresh(first)).status).toBe(401);
      jest.restoreAllMocks();
      expect((await refresh(second)).status).toBe(401);
    });

    it('is over after REFRESH_TOKEN_TTL_DAYS without one', async () => {
      const tokens = await server.login();
      advanceClock(30 * 24 * 3600 * 1000 + 1);
      expect((await refresh(tokens)).status).toBe(401);
    });

    it('refuses what is no token', async () => {
      expect((await server.client().post('/api/auth/refresh', { refreshToken: 'x' })).status).toBe(401);
    });
  });

  it('logout ends this login and no other, on every node', async () => {
    const [leaving, staying] = [await server.login(), await server.login()];
    const heard: string[] = [];
    otherNode.app.get(AccessEvents).on('login.revoked', ({ loginId }) => heard.push(loginId));
    const { loginId } = server.app.get(AccessTokens).verify(leaving.accessToken);
    expect((await server.client(leaving).post('/api/auth/logout')).status).toBe(204);
    expect(await isLoggedIn(leaving)).toBe(false);
    expect((await refresh(leaving)).status).toBe(401);
    expect(await isLoggedIn(staying)).toBe(true);
    await eventually(async () => {
      expect(heard).toEqual([loginId]);
      expect(await isLoggedIn(leaving, otherNode)).toBe(false);
    });
  });

  it('a node that starts later knows what was revoked before', async () => {
    const tokens = await server.login();
    await server.client(tokens).post('/api/auth/logout');
    const late = await RestApplication.start({ env: { DATABASE_URL: database.url } });
    expect(await isLoggedIn(tokens, late)).toBe(false);
    await late.stop();
  });

  it('a changed password ends every other login and the old password', async () => {
    const email = 'changing@test.local';
    const here = await server.loginAs(email);
    const elsewhere = await server.login({ email, password: `password of ${email}` });
    const change = (currentPassword: string) =>
      server.client(here).post('/api/auth/password', { currentPassword, newPassword: 'another password' });
    expect((await change('wrong')).status).toBe(401);
    expect((await change(`password of ${email}`)).status).toBe(204);
    expect(await isLoggedIn(here)).toBe(true);
    expect(await isLoggedIn(elsewhere)).toBe(false);
    expect((await refresh(elsewhere)).status).toBe(401);
    await expect(server.login({ email, password: `password of ${email}` })).rejects.toThrow();
    await expect(server.login({ email, password: 'another password' })).resolves.toBeDefined();
  });

  describe('WebSocket tickets', () => {
    async function issue(tokens: Tokens, body?: unknown) {
      return (await server.client(tokens).post<IssuedTicket>('/api/auth/ws-ticket', body)).body;
    }

    it('stand for the caller until the access token ends', async () => {
      const tokens = await server.login();
      const { ticket, expiresIn } = await issue(tokens);
      expect(expiresIn).toBe(30);
      expect(Buffer.from(ticket, 'base64url')).toHaveLength(32);
      const principal = await server.app.get(WsTickets).redeem(ticket, 'terminal');
      expect(principal).toEqual(server.app.get(AccessTokens).verify(tokens.accessToken));
    });

    it('are good once, however many nodes race for one', async () => {
      const { ticket } = await issue(await server.login());
      const nodes = [server, otherNode];
      const desks = nodes.map(({ app }) => app.get(WsTickets));
      const races = Array.from({ length: 4 }, () => desks.map((desk) => desk.redeem(ticket, 'terminal'))).flat();
      const winners = (await Promise.all(races)).filter((principal) => principal !== undefined);
      expect(winners).toHaveLength(1);
    });

    it('open the gateway they were made for and no other', async () => {
      const tokens = await server.login();
      const tickets = server.app.get(WsTickets);
      expect(await tickets.redeem((await issue(tokens, { gateway: 'claude' })).ticket, 'claude')).toBeDefined();
      expect(await tickets.redeem((await issue(tokens, { gateway: 'claude' })).ticket, 'terminal')).toBeUndefined();
      expect((await server.client(tokens).post('/api/auth/ws-ticket', { gateway: 'other' })).status).toBe(400);
    });

    it('end after 30 seconds, with the login, and with the account', async () => {
      const tickets = server.app.get(WsTickets);
      const tokens = await server.loginAs('ticket@test.local');
      const [late, loggedOut, unknown] = [await issue(tokens), await issue(tokens), 'x'];
      advanceClock(30_000);
      expect(await tickets.redeem(late.ticket, 'terminal')).toBeUndefined();
      jest.restoreAllMocks();
      await server.client(tokens).post('/api/auth/logout');
      expect(await tickets.redeem(loggedOut.ticket, 'terminal')).toBeUndefined();
      expect(await tickets.redeem(unknown, 'terminal')).toBeUndefined();
    });
  });

  describe('users', () => {
    it('lose everything they hold when they are disabled, and can come back', async () => {
      const tokens = await server.loginAs('disabled@test.local');
      const revoked: string[] = [];
      otherNode.app.get(AccessEvents).on('user.revoked', ({ userId }) => revoked.push(userId));
      const admin = server.client(await server.login());
      const change = (body: object) => admin.patch(`/api/admin/users/${tokens.user.id}`, body);
      expect((await change({ disabled: true })).body).toMatchObject({ disabled: true });
      expect(await isLoggedIn(tokens)).toBe(false);
      expect((await refresh(tokens)).status).toBe(401);
      await eventually(() => expect(revoked).toEqual([tokens.user.id]));
      const credentials = { email: 'disabled@test.local', password: 'password of disabled@test.local' };
      await expect(server.login(credentials)).rejects.toThrow('disabled');
      await change({ disabled: false });
      expect(await isLoggedIn(await server.login(credentials))).toBe(true);
    });

    it('need the role admin to manage others', async () => {
      const tokens = await server.loginAs('plain@test.local');
      expect((await server.client(tokens).get('/api/admin/users')).body.code).toBe('forbidden');
    });

    it('always include an administrator', async () => {
      const tokens = await server.login();
      const admin = server.client(tokens);
      expect((await admin.patch(`/api/admin/users/${tokens.user.id}`, { role: 'member' })).body.code).toBe('conflict');
      expect((await admin.patch(`/api/admin/users/${tokens.user.id}`, { disabled: true })).body.code).toBe('conflict');
      expect(await isLoggedIn(tokens)).toBe(true);
    });

    it('have different e-mail addresses, in pages', async () => {
      const admin = server.client(await server.login());
      const user = { email: 'Twice@test.local', password: 'long enough' };
      expect((await admin.post('/api/admin/users', user)).status).toBe(201);
      expect((await admin.post('/api/admin/users', { ...user, email: 'twice@TEST.local' })).body.code).toBe('conflict');
      type Page = { items: { id: string }[]; nextCursor: string | null };
      const seen: string[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
        const page: Page = (await admin.get<Page>(`/api/admin/users?limit=2${query}`)).body;
        seen.push(...page.items.map(({ id }) => id));
        cursor = page.nextCursor;
      }
      const all = (await admin.get<Page>('/api/admin/users?limit=200')).body;
      expect(seen).toEqual(all.items.map(({ id }) => id));
    });
  });
});
