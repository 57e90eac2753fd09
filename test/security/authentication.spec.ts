import { createHmac, generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { JwtService } from '@nestjs/jwt';
import { Client } from 'pg';
import { WebSocket } from 'ws';
import { AccessTokens } from '../../src/auth/access-tokens';
import { PasswordHasher } from '../../src/auth/password-hasher';
import { Clock } from '../../src/kernel/clock';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { eventually } from '../support/eventually';
import { ADMIN, RestApplication } from '../support/rest-application';
import { RestClient, type Tokens } from '../support/rest-client';
import { TestServer } from '../support/server';
import { WireClient } from '../support/wire-client';

const SECRET = randomBytes(48).toString('base64url');
const GRACE_MS = 10_000;
/** The fifth wrong password would lock. */
const MAX_ROUNDS = 4;

describe('Logins and tokens', () => {
  let database: TestDatabase;
  let server: RestApplication;
  let otherNode: RestApplication;

  beforeAll(async () => {
    database = await createTestDatabase();
    // Behind one proxy, so that each case can come from an address of its own.
    const env = { DATABASE_URL: database.url, JWT_SECRET: SECRET, TRUST_PROXY: '1', RATE_LOGINS_PER_ADDRESS: '10' };
    server = await RestApplication.start({ env });
    otherNode = await RestApplication.start({ env });
  });

  afterAll(async () => {
    await server?.stop();
    await otherNode?.stop();
    await database?.drop();
  });

  afterEach(() => jest.restoreAllMocks());

  /** As the proxy passes it on. */
  async function login(body: unknown, address = '192.0.2.1', node = server) {
    const response = await fetch(`${node.url}/api/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
      body: JSON.stringify(body),
    });
    return { status: response.status, headers: response.headers, body: (await response.json()) as { code?: string } };
  }

  async function isRefused(token: string, node = server): Promise<boolean> {
    return (await node.client({ accessToken: token }).get('/api/auth/me')).status === 401;
  }

  function advanceClock(ms: number): void {
    for (const node of [server, otherNode]) {
      const now = Date.now() + ms;
      jest.spyOn(node.app.get(Clock), 'now').mockReturnValue(now);
    }
  }

  /** Nothing is forgotten meanwhile, however slow the machine is. */
  function stopTime(): void {
    const clock = server.app.get(Clock);
    const now = clock.monotonic();
    jest.spyOn(clock, 'monotonic').mockReturnValue(now);
  }

  const refresh = ({ refreshToken }: Tokens, node = server) =>
    node.client().post<Tokens>('/api/auth/refresh', { refreshToken });

  it('A-01: refuses a login whose password is missing, empty or no text', async () => {
    for (const password of [undefined, null, '', [], {}, [ADMIN.password], { toString: ADMIN.password }, 0, true]) {
      for (const [i, email] of [ADMIN.email, password].entries()) {
        const { status } = await login({ email, password }, `192.0.2.${10 + i}`);
        expect([password, [400, 401].includes(status)]).toEqual([password, true]);
      }
    }
  });

  describe('forged tokens', () => {
    let claims: Record<string, unknown>;
    let good: string;

    beforeAll(async () => {
      good = (await server.login()).accessToken;
      claims = parse(good.split('.')[1] ?? '');
      expect(await isRefused(good)).toBe(false);
    });

    const parse = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const HEADER = { alg: 'HS256', typ: 'at+jwt' };

    function token(header: object, payload: object, key: string | Buffer = SECRET): string {
      const text = `${encode(header)}.${encode(payload)}`;
      return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
    }

    it('are told from a good one by nothing but what is wrong with them', async () => {
      expect(await isRefused(token(HEADER, claims))).toBe(false);
    });

    it.each(['none', 'None', 'NONE', 'nOnE', ''])('A-02: are refused with the algorithm %j', async (alg) => {
      const text = `${encode({ ...HEADER, alg })}.${encode(claims)}`;
      const [, , signature = ''] = good.split('.');
      for (const tail of ['', '.', `.${signature}`]) expect(await isRefused(`${text}${tail}`)).toBe(true);
    });

    it('A-02: are refused with an empty or cut signature', async () => {
      const text = good.slice(0, good.lastIndexOf('.'));
      for (const tail of ['', '.', good.slice(text.length, -1)]) expect(await isRefused(text + tail)).toBe(true);
    });

    it('A-03: are refused when signed with a public key, or with nothing as key', async () => {
      const pairs = [generateKeyPairSync('rsa', { modulusLength: 2048 }), generateKeyPairSync('ed25519')];
      const pems = pairs.map(({ publicKey }) => publicKey.export({ type: 'spki', format: 'pem' }));
      for (const key of [...pems, '', 'undefined', 'null'])
        expect(await isRefused(token(HEADER, claims, key))).toBe(true);
      const [rsa] = pairs;
      const jwt = new JwtService({ privateKey: rsa?.privateKey.export({ type: 'pkcs8', format: 'pem' }) });
      const { exp: _, iat: __, ...rest } = claims;
      expect(await isRefused(jwt.sign(rest, { algorithm: 'RS256', expiresIn: 60 }))).toBe(true);
    });

    it('A-04: are refused with a key, its address or its name in the header, which nobody looks at', async () => {
      const asked: string[] = [];
      const keyServer = http.createServer((request, response) => (asked.push(request.url ?? ''), response.end('{}')));
      await new Promise<void>((resolve) => keyServer.listen(0, '127.0.0.1', resolve));
      const url = `http://127.0.0.1:${(keyServer.address() as AddressInfo).port}/keys`;
      const mine = randomBytes(32);
      const jwk = { kty: 'oct', k: mine.toString('base64url'), alg: 'HS256' };
      const headers = [
        { jwk },
        { jku: url },
        { x5u: url },
        { kid: '../../dev/null' },
        { kid: `' OR 1=1 --` },
        { kid: url },
        { crit: ['exp'] },
      ];
      for (const more of headers) {
        for (const key of [mine, '', SECRET])
          expect(await isRefused(token({ ...HEADER, ...more }, claims, key))).toBe(true);
      }
      expect(asked).toEqual([]);
      keyServer.close();
    });

    it('A-05: are refused when they were made for something else', async () => {
      const { refreshToken } = await server.login();
      const { ticket } = (await server.client({ accessToken: good }).post<{ ticket: string }>('/api/auth/ws-ticket'))
        .body;
      for (const other of [refreshToken, ticket, SECRET]) expect(await isRefused(other)).toBe(true);
      const wrong = [{ iss: 'other' }, { aud: 'other' }, { aud: ['other'] }, { iss: undefined }, { aud: undefined }];
      for (const change of wrong) expect(await isRefused(token(HEADER, { ...claims, ...change }))).toBe(true);
      for (const typ of ['JWT', 'rt+jwt', undefined])
        expect(await isRefused(token({ ...HEADER, typ }, claims))).toBe(true);
    });

    it('A-05: are refused when a claim has another type', async () => {
      const { exp } = claims;
      const wrong = [
        { exp: '9999999999' },
        { exp: true },
        { exp: null },
        { exp: [exp] },
        { role: true },
        { role: 'root' },
        { sub: 1 },
        { sub: { $ne: '' } },
        { sid: null },
        { access: 'all' },
        { access: true },
      ];
      for (const change of wrong) expect(await isRefused(token(HEADER, { ...claims, ...change }))).toBe(true);
    });

    it('A-06: are refused after their end, before their time, and from the future', async () => {
      const seconds = Math.floor(Date.now() / 1000);
      const wrong = [
        { exp: seconds - 1 },
        { nbf: seconds + 3600 },
        { iat: seconds + 86_400, issued: (seconds + 86_400) * 1000 },
        { exp: undefined },
      ];
      for (const change of wrong) expect(await isRefused(token(HEADER, { ...claims, ...change }))).toBe(true);
    });
  });

  it('A-07: ends the login, on every node, when a rotated refresh token comes again', async () => {
    for (const late of [false, true]) {
      const first = await server.login();
      const second = (await refresh(first)).body;
      // Either its successor was used, or the time for lost answers is over.
      const last = late ? second : (await refresh(second, otherNode)).body;
      if (late) advanceClock(GRACE_MS + 1);
      expect((await refresh(first, otherNode)).status).toBe(401);
      jest.restoreAllMocks();
      for (const tokens of [second, last]) expect((await refresh(tokens)).status).toBe(401);
      await eventually(async () => {
        for (const node of [server, otherNode]) expect(await isRefused(last.accessToken, node)).toBe(true);
      });
    }
  });

  it('A-08: makes exactly one new pair of twenty refreshes at once', async () => {
    const tokens = await server.login();
    const nodes = Array.from({ length: 20 }, (_, i) => (i % 2 ? server : otherNode));
    const answers = await Promise.all(nodes.map((node) => refresh(tokens, node)));
    const good = answers.filter(({ status }) => status === 200);
    expect(new Set(good.map(({ body }) => body.refreshToken)).size).toBe(1);
    const { loginId } = server.app.get(AccessTokens).verify(tokens.accessToken);
    const { rows } = await query<{ count: string }>('SELECT count(*) FROM refresh_tokens WHERE family_id = $1', [
      loginId,
    ]);
    expect(rows).toEqual([{ count: '2' }]);
    expect((await refresh(good[0]?.body as Tokens)).status).toBe(200);
  });

  it('A-09: refuses the access token of a login that was ended, within a second on every node', async () => {
    const tokens = await server.login();
    await server.client(tokens).post('/api/auth/logout');
    const since = performance.now();
    await eventually(async () => {
      for (const node of [server, otherNode]) expect(await isRefused(tokens.accessToken, node)).toBe(true);
    });
    expect(performance.now() - since).toBeLessThan(1000);
  });

  it('A-10: answers the same, and takes as long, whether the account exists or not', async () => {
    const known = await Promise.all(
      Array.from({ length: 8 }, (_, i) => server.loginAs(`known-${i}@test.local`).then(({ user }) => user.email)),
    );
    const bodies = new Set<string>();
    const fastest = { known: Infinity, unknown: Infinity };
    const difference = (): number =>
      Math.max(fastest.known, fastest.unknown) / Math.min(fastest.known, fastest.unknown);
    // One after the other and in turn: the fastest of each has waited for nobody, sooner or later.
    for (let round = 0; round < MAX_ROUNDS && !(difference() < 1.2); round++) {
      for (const [i, email] of known.entries()) {
        for (const kind of ['known', 'unknown'] as const) {
          const name = kind === 'known' ? email : email.replace('known', `nobody-${randomUUID()}`);
          const since = performance.now();
          const answer = await login({ email: name, password: 'wrong password' }, `198.51.100.${i}`);
          fastest[kind] = Math.min(fastest[kind], performance.now() - since);
          bodies.add(JSON.stringify({ ...answer, headers: undefined, body: { ...answer.body, requestId: '' } }));
        }
      }
    }
    expect(bodies.size).toBe(1);
    expect(difference()).toBeLessThan(1.2);
  });

  describe('guessing', () => {
    const guess = (email: string, address: string, node = server) =>
      login({ email, password: `guess ${randomUUID()}` }, address, node);

    it('A-11: locks an account after five wrong passwords, from everywhere and on every node', async () => {
      const email = 'locked@test.local';
      await server.loginAs(email);
      const credentials = { email, password: `password of ${email}` };
      for (let i = 0; i < 5; i++) {
        expect((await guess(email, `198.51.100.${100 + i}`, i % 2 ? server : otherNode)).status).toBe(401);
      }
      // Another address, and other ways to write the same name.
      const names = [
        email,
        'LOCKED@test.local',
        '  Locked@Test.Local ',
        'ｌｏｃｋｅｄ@test.local',
        'locked@ｔｅｓｔ.local',
      ];
      for (const [i, name] of names.entries()) {
        const answer = await login(
          { ...credentials, email: name },
          `198.51.100.${110 + i}`,
          i % 2 ? server : otherNode,
        );
        expect([name, answer.status, answer.body.code]).toEqual([name, 429, 'rate_limited']);
        expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      }
      advanceClock(61_000);
      expect((await login(credentials, '198.51.100.120')).status).toBe(200);
    });

    it('A-11: locks a name without an account in the same way', async () => {
      const email = 'nobody-at-all@test.local';
      for (let i = 0; i < 5; i++) expect((await guess(email, `198.51.100.${130 + i}`)).status).toBe(401);
      expect((await guess('NOBODY-at-all@test.local ', '198.51.100.140')).status).toBe(429);
    });

    it('A-11: locks an address that guesses at many accounts, and takes a network of IPv6 for one', async () => {
      const addresses: readonly ((i: number) => string)[] = [() => '198.51.100.200', (i) => `2001:db8:1:2::${i}`];
      for (const address of addresses) {
        stopTime();
        const answers: number[] = [];
        for (let i = 0; i < 24; i++) answers.push((await guess(`many-${randomUUID()}@test.local`, address(i))).status);
        expect(new Set(answers.slice(0, 20))).toEqual(new Set([401]));
        expect(new Set(answers.slice(20))).toEqual(new Set([429]));
        expect((await login(ADMIN, address(99))).status).toBe(429);
      }
      expect((await login(ADMIN, '2001:db8:1:3::1')).status).toBe(200);
    });

    it('A-11: does not believe an X-Forwarded-For that no proxy of ours has set', async () => {
      stopTime();
      // Ours appends the address it sees; what stood there before came from the client.
      const answers: number[] = [];
      for (let i = 0; i < 24; i++) {
        answers.push((await guess(`many-${randomUUID()}@test.local`, `203.0.113.${i}, 198.51.100.210`)).status);
      }
      expect(answers.at(-1)).toBe(429);
    });

    it('A-11: counts wrong passwords of somebody who is logged in', async () => {
      const email = 'logged-in@test.local';
      const client = server.client(await server.loginAs(email));
      const change = (currentPassword: string) =>
        client.post('/api/auth/password', { currentPassword, newPassword: 'another password' });
      for (let i = 0; i < 5; i++) expect((await change('wrong')).body.code).toBe('password_wrong');
      expect((await change(`password of ${email}`)).status).toBe(429);
      expect((await client.get('/api/auth/me')).status).toBe(200);
    });

    it('a right login forgets the wrong ones before it', async () => {
      const email = 'forgetful@test.local';
      await server.loginAs(email);
      for (let i = 0; i < 12; i++) {
        const right = i % 4 === 3;
        const password = right ? `password of ${email}` : 'wrong';
        expect((await login({ email, password }, `198.51.100.${220 + i}`)).status).toBe(right ? 200 : 401);
      }
    });
  });

  it('A-14: takes every byte of a password into account', async () => {
    const long = `${'a'.repeat(72)}${'b'.repeat(400)}`;
    const cases: [string, string[]][] = [
      [long, [long.slice(0, 72), long.slice(0, -1), `${long}b`, `${long.slice(0, -1)}c`]],
      ['before\0after 1', ['before', 'before\0', 'before\0after 2', 'before\0after']],
      [`${'ü'.repeat(40)}x`, ['ü'.repeat(36), `${'ü'.repeat(40)}y`]],
    ];
    const admin = server.client(await server.login());
    for (const [i, [password, others]] of cases.entries()) {
      const email = `long-${i}@test.local`;
      expect((await admin.post('/api/admin/users', { email, password })).status).toBe(201);
      for (const other of others) expect((await login({ email, password: other })).status).toBe(401);
      expect((await login({ email, password })).status).toBe(200);
    }
  });

  it('A-14: knows a password however a keyboard composes its characters, and takes no half ones', async () => {
    const admin = server.client(await server.login());
    const email = 'composed@test.local';
    const password = 'café ﬁne Å';
    await admin.post('/api/admin/users', { email, password: password.normalize('NFD') });
    for (const form of ['NFC', 'NFKC', 'NFKD'] as const) {
      expect((await login({ email, password: password.normalize(form) })).status).toBe(200);
    }
    const broken = await admin.post('/api/admin/users', { email: 'half@test.local', password: 'half \ud800 pair' });
    expect(broken.status).toBe(400);
  });

  it('R-13: hashes so many passwords at a time, lets so many wait, and refuses the rest at once', async () => {
    const before = process.memoryUsage().rss;
    const hasher = server.app.get(PasswordHasher);
    const flood = Array.from({ length: 200 }, () => hasher.hash('x'));
    let answered = false;
    // Each place is taken again in the moment in which it is free, however long a login takes to come.
    const taken = flood.map(async (first) => {
      await first;
      while (!answered) await hasher.hash('x');
    });
    const released = Promise.allSettled(taken);
    // All places are taken: a login that comes now is sent away, and nothing else is.
    const [refused, health] = await Promise.all([login(ADMIN, '192.0.2.20'), server.client().get('/health/live')]);
    answered = true;
    expect([refused.status, refused.body.code, refused.headers.get('retry-after')]).toEqual([429, 'rate_limited', '2']);
    expect(health.status).toBe(200);
    await released;
    const done = (await Promise.allSettled(flood)).filter(({ status }) => status === 'fulfilled');
    expect(done).toHaveLength(66);
    // Two at a time are 38 MiB; all at once would have been more than a gibibyte.
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
    expect((await login(ADMIN, '192.0.2.20')).status).toBe(200);
  });

  async function query<T extends object>(sql: string, parameters: unknown[]) {
    const client = new Client({ connectionString: database.url });
    await client.connect();
    try {
      return await client.query<T>(sql, parameters);
    } finally {
      await client.end();
    }
  }
});

describe('Sockets of a login that ends', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await TestServer.start();
  });
  afterAll(() => server?.stop());

  const rest = (token?: string) => new RestClient(server.baseUrl, token);

  async function logIn(credentials: object = server.admin): Promise<Tokens> {
    const { status, body } = await rest().post<Tokens>('/api/auth/login', credentials);
    expect(status).toBe(200);
    return body;
  }

  /** Of an upgrade that is refused. */
  function statusOf(url: string): Promise<number> {
    const socket = new WebSocket(url, ['holdfast.v1']);
    socket.on('error', () => undefined);
    return new Promise((resolve) => {
      socket.once('open', () => (socket.terminate(), resolve(101)));
      socket.once('unexpected-response', (_, { statusCode }) => (socket.terminate(), resolve(statusCode ?? 0)));
    });
  }

  const connect = ({ accessToken }: Tokens) => WireClient.connect(server.terminalUrl, accessToken);

  it('A-07: are closed when its refresh token was used twice', async () => {
    const first = await logIn();
    const refresh = async ({ refreshToken }: Tokens) => rest().post<Tokens>('/api/auth/refresh', { refreshToken });
    const second = (await refresh(first)).body;
    const socket = await connect(second);
    await refresh(second);
    expect((await refresh(first)).status).toBe(401);
    await eventually(() => expect(socket.closed?.code).toBe(4003));
  });

  it('A-12: are closed when the password changes, with tickets and tokens, but for the login that changed it', async () => {
    const admin = await logIn();
    const credentials = { email: 'changing@test.local', password: 'password of changing' };
    await rest(admin.accessToken).post('/api/admin/users', credentials);
    const [here, there] = [await logIn(credentials), await logIn(credentials)];
    const [mine, theirs] = [await connect(here), await connect(there)];
    const { ticket } = (await rest(there.accessToken).post<{ ticket: string }>('/api/auth/ws-ticket')).body;
    const change = { currentPassword: credentials.password, newPassword: 'a new one, of course' };
    expect((await rest(here.accessToken).post('/api/auth/password', change)).status).toBe(204);
    await eventually(() => expect(theirs.closed?.code).toBe(4003));
    const { refreshToken } = there;
    expect((await rest().post('/api/auth/refresh', { refreshToken })).status).toBe(401);
    expect((await rest(there.accessToken).get('/api/auth/me')).status).toBe(401);
    expect(await statusOf(`${server.terminalUrl}?ticket=${ticket}`)).toBe(401);
    expect(mine.closed).toBeUndefined();
    expect((await rest(here.accessToken).get('/api/auth/me')).status).toBe(200);
    expect((await rest().post('/api/auth/login', credentials)).status).toBe(401);
    mine.socket.terminate();
  });
});
