import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { Api } from '../support/api';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { eventually } from '../support/eventually';
import { person, resigned, type TestPerson } from '../support/people';
import { TestRedis } from '../support/redis';
import { TestServer } from '../support/server';
import { WireClient } from '../support/wire-client';

const SECRET = 'a secret that every node of these tests has, and nobody else';
/** The contract says a second; a busy machine gets one more. */
const PROMPT_MS = 2_000;

let database: TestDatabase;
let redis: TestRedis;
/** Where things are changed … */
let here: TestServer;
/** … and where the sockets are. */
let there: TestServer;
let admin: Api;
let alice: TestPerson;
let bob: TestPerson;
const clients: WireClient[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  redis = await TestRedis.start();
  const env = { DATABASE_URL: database.url, JWT_SECRET: SECRET, REDIS_URL: redis.url };
  here = await TestServer.start({ ...env, NODE_NAME: 'here' });
  there = await TestServer.start({ ...env, NODE_NAME: 'there' });
  admin = await Api.login(here);
  alice = await person(here, admin, 'alice');
  bob = await person(here, admin, 'bob');
}, 240_000);

afterAll(async () => {
  await there?.stop();
  await here?.stop();
  await redis?.stop();
  await database?.drop();
});

afterEach(() => {
  for (const client of clients.splice(0)) client.terminate();
});

let count = 0;
const somebody = (role?: string) => person(here, admin, `somebody-${++count}`, role);

async function connect(token: string, server = there): Promise<WireClient> {
  const client = await WireClient.connect(server.terminalUrl, token);
  clients.push(client);
  return client;
}

/** How the socket was closed, and how long after `act` returned. */
async function closedAfter(client: WireClient, act: () => Promise<unknown>): Promise<{ code: number; ms: number }> {
  await act();
  const at = performance.now();
  await client.until(() => client.closed !== undefined, 'close');
  return { code: client.closed?.code ?? 0, ms: performance.now() - at };
}

async function projectOf(owner: TestPerson): Promise<string> {
  const id = `project-${randomUUID()}`;
  const made = await owner.api.request('POST', '/api/projects', { id });
  expect(made.status).toBe(201);
  return id;
}

const addMember = async (owner: TestPerson, project: string, member: TestPerson, role: string): Promise<void> => {
  const path = `/api/projects/${project}/members/${member.id}`;
  expect((await owner.api.request('PUT', path, { role })).status).toBe(200);
};

describe('what belongs to others', () => {
  let project: string;
  let sessionId: string;

  beforeAll(async () => {
    project = await projectOf(alice);
    const client = await connect(alice.api.token, here);
    ({ sessionId } = await client.open({ channel: 1, projectId: project }));
  });

  it('Z-02: answers for a session of others as for one that does not exist, whatever is asked', async () => {
    const unknown = `session_${Date.now()}_${'0'.repeat(16)}`;
    const requests: [string, string, unknown?][] = [
      ['GET', ''],
      ['PATCH', '', { name: 'mine' }],
      ['DELETE', ''],
      ['PUT', '/size', { cols: 10, rows: 10 }],
      ['POST', '/input', { data: 'id\n' }],
      ['GET', '/output'],
      ['GET', '/screen'],
      ['GET', '/events'],
      ['GET', '/recording'],
      ['GET', '/shares'],
      ['POST', '/shares', { access: 'view', expiresInSeconds: 600 }],
      ['GET', '/viewers'],
      ['DELETE', `/viewers/${alice.id}`],
    ];
    for (const [method, path, body] of requests) {
      const answers = [];
      for (const id of [sessionId, unknown]) {
        const { status, body: said } = await bob.api.request(method, `/api/sessions/${id}${path}`, body);
        answers.push({ status, code: said['code'], message: String(said['message']).replaceAll(id, 'ID') });
      }
      expect({ method, path, ...answers[0] }).toMatchObject({ status: 404, code: 'session_not_found' });
      expect(answers[0]).toEqual(answers[1]);
    }
    const client = await connect(bob.api.token, here);
    const opened = await client.tryOpen({ channel: 1, projectId: project, sessionId });
    const guessed = await client.tryOpen({ channel: 2, projectId: project, sessionId: unknown });
    expect(opened).toMatchObject({ event: 'error', data: { code: 'forbidden' } });
    expect({ ...opened.data, channel: 0 }).toEqual({ ...guessed.data, channel: 0 });
    expect((await alice.api.request('GET', `/api/sessions/${sessionId}`)).body).toMatchObject({ status: 'running' });
  });

  it('Z-03: lists nothing of others', async () => {
    const share = { access: 'view', expiresInSeconds: 600 };
    expect((await alice.api.request('POST', `/api/sessions/${sessionId}/shares`, share)).status).toBe(201);
    for (const path of ['/api/sessions?limit=200', '/api/projects?limit=200', '/api/shares']) {
      const text = await (await bob.api.fetch('GET', path)).text();
      for (const secret of [sessionId, project, alice.id, alice.email]) expect(text).not.toContain(secret);
    }
    const search = await bob.api.fetch('GET', `/api/sessions/search?q=alice&sessionId=${sessionId}`);
    expect(await search.text()).not.toContain(sessionId);
  });

  it('Z-11: finds a session of another project under no project of the caller', async () => {
    const mine = await projectOf(bob);
    const client = await connect(bob.api.token, here);
    const own = await client.open({ channel: 1, projectId: mine });
    // The same id in another project is another session: nothing of the first one is in it.
    const same = await client.open({ channel: 2, projectId: mine, sessionId });
    expect(same).toMatchObject({ created: true, projectId: mine });
    const share = { access: 'view', expiresInSeconds: 600 };
    const foreign = await alice.api.request<{ id: string }>('POST', `/api/sessions/${sessionId}/shares`, share);
    const answer = await bob.api.request('DELETE', `/api/sessions/${own.sessionId}/shares/${foreign.body.id}`);
    expect(answer).toMatchObject({ status: 404, body: { code: 'share_not_found' } });
    const members = await bob.api.request('PUT', `/api/projects/${project}/members/${bob.id}`, { role: 'owner' });
    expect(members.status).toBe(404);
    await bob.api.request('DELETE', `/api/sessions/${same.sessionId}`);
  });

  it('Z-12: lets a ticket open what its user may open, at its own gateway, and nothing else', async () => {
    const ticket = await bob.api.ticket('terminal');
    const claude = new URL(`ws://127.0.0.1:${here.endpoints.claude}/?ticket=${ticket}`);
    await expect(connectByTicket(claude.href)).rejects.toThrow('refused');
    const another = await bob.api.ticket('terminal');
    const client = await connectByTicket(`${here.terminalUrl}?ticket=${another}`);
    const opened = await client.tryOpen({ channel: 1, projectId: project, sessionId });
    expect(opened).toMatchObject({ event: 'error', data: { code: 'forbidden' } });
  });
});

async function connectByTicket(url: string): Promise<WireClient> {
  const client = await WireClient.connect(url, undefined);
  clients.push(client);
  return client;
}

describe('roles', () => {
  it('calls members members, and takes the old word in requests and in tokens', async () => {
    const created = await person(here, admin, 'old-word', 'user');
    const me = await created.api.request('GET', '/api/auth/me');
    expect(me.body).toMatchObject({ role: 'member' });
    const old = resigned(created.api.token, SECRET, (claims) => ({ ...claims, role: 'user' }));
    const answer = await fetch(`${here.baseUrl}/api/auth/me`, { headers: { authorization: `Bearer ${old}` } });
    expect(await answer.json()).toMatchObject({ role: 'member' });
    const forged = resigned(created.api.token, SECRET, (claims) => ({ ...claims, role: 'king' }));
    const refused = await fetch(`${here.baseUrl}/api/auth/me`, { headers: { authorization: `Bearer ${forged}` } });
    expect(refused.status).toBe(401);
  });

  it('lets a viewer watch what their projects have, and make, own or type nothing', async () => {
    const viewer = await somebody('viewer');
    const project = await projectOf(alice);
    await addMember(alice, project, viewer, 'writer');
    const owner = { role: 'owner' };
    expect((await alice.api.request('PUT', `/api/projects/${project}/members/${viewer.id}`, owner)).status).toBe(409);
    const hers = await connect(alice.api.token, here);
    const { sessionId } = await hers.open({ channel: 1, projectId: project });
    const client = await connect(viewer.api.token, here);
    expect(await client.open({ channel: 1, projectId: project, sessionId })).toMatchObject({ role: 'viewer' });
    client.type(1, 'echo typed\n');
    await client.event('error', ({ code }) => code === 'read_only');
    client.send('write.request', { channel: 1 }, 'ask');
    expect(await client.answerTo('ask')).toMatchObject({ event: 'error', data: { code: 'forbidden' } });
    expect((await viewer.api.request('POST', '/api/projects', { id: randomUUID() })).status).toBe(403);
    for (const projectId of [project, `new-${randomUUID()}`]) {
      for (const sessionId of [undefined, 'term_1', `session_${Date.now()}_${'a'.repeat(16)}`]) {
        const answer = await client.tryOpen({ channel: 9, projectId, sessionId });
        expect(answer.event).toBe('error');
      }
    }
    const input = await viewer.api.request('POST', `/api/sessions/${sessionId}/input`, { data: 'x' });
    expect(input.status).toBe(403);
  });
});

describe('rights that are taken away', () => {
  it('Z-04: a removed member is out of the project and of its terminals, on every node', async () => {
    const member = await somebody();
    const project = await projectOf(alice);
    await addMember(alice, project, member, 'writer');
    const client = await connect(member.api.token);
    const { sessionId } = await client.open({ channel: 1, projectId: project });
    const { code, ms } = await closedAfter(client, () =>
      alice.api.request('DELETE', `/api/projects/${project}/members/${member.id}`),
    );
    expect(code).toBe(4003);
    expect(ms).toBeLessThan(PROMPT_MS);
    expect((await member.api.request('GET', `/api/projects/${project}`)).status).toBe(404);
    expect((await member.api.request('GET', `/api/sessions/${sessionId}`)).status).toBe(404);
    const again = await connect(member.api.token);
    const opened = await again.tryOpen({ channel: 1, projectId: project, sessionId });
    expect(opened).toMatchObject({ event: 'error', data: { code: 'forbidden' } });
  });

  it('Z-08: a lower role, in the project or on the server, holds within a second', async () => {
    const member = await somebody();
    const project = await projectOf(alice);
    await addMember(alice, project, member, 'writer');
    const client = await connect(member.api.token);
    const { sessionId } = await client.open({ channel: 1, projectId: project });
    const inProject = await closedAfter(client, () => addMember(alice, project, member, 'viewer'));
    expect(inProject.code).toBe(4003);
    expect(inProject.ms).toBeLessThan(PROMPT_MS);
    const watching = await connect(member.api.token);
    const opened = await watching.open({ channel: 1, projectId: project, sessionId });
    expect(opened.role).toBe('viewer');
    const onServer = await closedAfter(watching, () =>
      admin.request('PATCH', `/api/admin/users/${member.id}`, { role: 'viewer' }),
    );
    expect(onServer.code).toBe(4003);
    expect(onServer.ms).toBeLessThan(PROMPT_MS);
    expect((await member.api.request('GET', '/api/auth/me')).status).toBe(401);
  });

  it('Z-09: of a disabled user nothing goes on: tokens, tickets, sockets, shells', async () => {
    const member = await somebody();
    const client = await connect(member.api.token);
    const project = await projectOf(member);
    const { sessionId } = await client.open({ channel: 1, projectId: project });
    // A shell of another user in the same project goes on.
    await addMember(member, project, alice, 'owner');
    const hers = await connect(alice.api.token);
    const other = await hers.open({ channel: 1, projectId: project });
    const ticket = await member.api.ticket();
    const { code, ms } = await closedAfter(client, () =>
      admin.request('PATCH', `/api/admin/users/${member.id}`, { disabled: true }),
    );
    expect(code).toBe(4003);
    expect(ms).toBeLessThan(PROMPT_MS);
    expect((await member.api.request('GET', '/api/auth/me')).status).toBe(401);
    const refreshed = await admin.request('POST', '/api/auth/refresh', { refreshToken: member.api.refreshToken });
    expect(refreshed.status).toBe(401);
    await expect(connectByTicket(`${there.terminalUrl}?ticket=${ticket}`)).rejects.toThrow('refused');
    await expect(Api.login(here, member)).rejects.toThrow();
    const hersThere = await Api.login(there, alice);
    await eventually(async () => {
      const { body } = await hersThere.request('GET', `/api/sessions/${sessionId}`);
      expect(body).toMatchObject({ status: 'ended', endReason: 'terminated' });
    });
    expect((await hersThere.request('GET', `/api/sessions/${other.sessionId}`)).body).toMatchObject({
      status: 'running',
    });
  });
});

describe('credentials of open sockets', () => {
  it('H-12: closes with 4001 when the access token ends and was not renewed', async () => {
    const exp = Math.floor(Date.now() / 1000) + 3;
    const client = await connect(resigned(alice.api.token, SECRET, (claims) => ({ ...claims, exp })));
    await client.until(() => client.closed !== undefined, 'close');
    expect(client.closed?.code).toBe(4001);
    expect(Math.abs(Date.now() - exp * 1000)).toBeLessThan(PROMPT_MS);
  });

  it.each<[string, (theirs: string) => string]>([
    ['another user', (theirs) => theirs],
    ['another login', () => resigned(alice.api.token, SECRET, (claims) => ({ ...claims, sid: randomUUID() }))],
    ['nobody', () => 'x.y.z'],
    ['somebody who has no signature', (theirs) => theirs.replace(/[^.]+$/, '')],
  ])('H-14: closes with 4001 when it is renewed with a token of %s', async (_, token) => {
    const client = await connect(alice.api.token);
    client.send('auth.renew', { token: token(bob.api.token) });
    await client.until(() => client.closed !== undefined, 'close');
    expect(client.closed?.code).toBe(4001);
    expect(client.events.map(({ event }) => event)).not.toContain('auth.renewed');
  });

  /** Sockets of one user; what `revoke` takes away closes them. */
  async function prepare(): Promise<{ revoke(): Promise<void> }> {
    const member = await somebody();
    const project = await projectOf(alice);
    await addMember(alice, project, member, 'writer');
    const [login, otherLogin] = [await Api.login(here, member), await Api.login(here, member)];
    const [one, two] = [await connect(login.token), await connect(login.token)];
    const inProject = await connect(otherLogin.token);
    await inProject.open({ channel: 1, projectId: project });
    return {
      revoke: async () => {
        const logout = await closedAfter(one, () => login.request('POST', '/api/auth/logout'));
        await two.until(() => two.closed !== undefined, 'close of the second socket');
        const path = `/api/projects/${project}/members/${member.id}`;
        const removed = await closedAfter(inProject, () => alice.api.request('DELETE', path));
        expect([logout.code, two.closed?.code, removed.code]).toEqual([4003, 4003, 4003]);
        expect(Math.max(logout.ms, removed.ms)).toBeLessThan(PROMPT_MS);
      },
    };
  }

  it('H-13: a revocation closes every socket within a second, on another node', async () => {
    await (await prepare()).revoke();
  });

  it('H-13: also while Redis is away', async () => {
    const { revoke } = await prepare();
    redis.pause();
    try {
      await revoke();
    } finally {
      redis.resume();
    }
  });

  it('H-13: also while the nodes do not hear each other', async () => {
    const { revoke } = await prepare();
    const silence = await silenceNodes(database.url, [admin, await Api.login(there)]);
    try {
      await revoke();
    } finally {
      await silence.end();
    }
  });
});

/** The pool of a node has ten connections; what is busy at the same time keeps a connection of its own. */
const WARM_REQUESTS = 20;

/** Ends the connections on which nodes listen to each other, and allows no new ones: those they have go on. */
async function silenceNodes(url: string, nodes: readonly Api[]): Promise<{ end(): Promise<void> }> {
  const name = new URL(url).pathname.slice(1);
  const elsewhere = new URL(url);
  elsewhere.pathname = '/postgres';
  const client = new Client({ connectionString: elsewhere.href });
  await client.connect();
  const warm = nodes.flatMap((node) =>
    Array.from({ length: WARM_REQUESTS }, () => node.request('GET', '/api/projects')),
  );
  await Promise.all(warm);
  const listening = `FROM pg_stat_activity WHERE application_name = 'holdfast-control' AND datname = '${name}'`;
  await client.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
  await client.query(`SELECT pg_terminate_backend(pid) ${listening}`);
  await eventually(async () => expect((await client.query(`SELECT ${listening}`)).rowCount).toBe(0));
  return {
    end: async () => {
      await client.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
      await client.end();
    },
  };
}
