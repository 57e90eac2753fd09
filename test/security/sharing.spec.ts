import { randomUUID } from 'node:crypto';
import type { ServerEvents } from '@holdfast/protocol';
import { Client } from 'pg';
import { Api } from '../support/api';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { eventually } from '../support/eventually';
import { person, type TestPerson } from '../support/people';
import { TestServer } from '../support/server';
import { WireClient } from '../support/wire-client';

/** The contract says a second; a busy machine gets one more. */
const PROMPT_MS = 2_000;

interface MadeShare {
  readonly id: string;
  readonly token: string;
  readonly url: string;
}

let database: TestDatabase;
let sql: Client;
let server: TestServer;
let admin: Api;
let owner: TestPerson;
let guest: TestPerson;
let other: TestPerson;
const clients: WireClient[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  sql = new Client({ connectionString: database.url });
  await sql.connect();
  const env = { DATABASE_URL: database.url, GATEWAY_PROCESSES: '2', GATEWAY_SPARE: 'false' };
  server = await TestServer.start(env, { supervised: true });
  await server.gateways.settled({ serving: 2, spare: 0 });
  admin = await Api.login(server);
  owner = await person(server, admin, 'owner');
  guest = await person(server, admin, 'guest');
  other = await person(server, admin, 'other');
}, 240_000);

afterAll(async () => {
  await sql?.end();
  await server?.stop();
  await database?.drop();
});

afterEach(() => {
  for (const client of clients.splice(0)) client.terminate();
});

/** A socket on the gateway of this number: the other one is stopped while it is opened. */
async function connect(who: { readonly token: string }, gateway: 0 | 1): Promise<WireClient> {
  const elsewhere = server.gateways.pids('serving')[1 - gateway] as number;
  process.kill(elsewhere, 'SIGSTOP');
  try {
    const client = await WireClient.connect(server.terminalUrl, who.token);
    clients.push(client);
    return client;
  } finally {
    process.kill(elsewhere, 'SIGCONT');
  }
}

interface Shared {
  readonly projectId: string;
  readonly sessionId: string;
  readonly client: WireClient;
}

/** A session of the owner's, open on channel 1. */
async function session(): Promise<Shared> {
  const projectId = `shared-${randomUUID()}`;
  const client = await connect(owner.api, 0);
  const { sessionId, manages } = await client.open({ channel: 1, projectId });
  expect(manages).toBe(true);
  return { projectId, sessionId, client };
}

async function share(sessionId: string, wish: object = {}): Promise<MadeShare> {
  const body = { access: 'view', expiresInSeconds: 600, ...wish };
  const made = await owner.api.request<MadeShare>('POST', `/api/sessions/${sessionId}/shares`, body);
  expect(made.status).toBe(201);
  return made.body;
}

const redeem = ({ api }: TestPerson, token: string) =>
  api.request<{ sessionId: string; projectId: string }>('POST', '/api/shares/redeem', { token });

/** The guest, on the other gateway, on channel 1. */
async function visit({ projectId, sessionId }: Shared, { token }: MadeShare, who = guest): Promise<WireClient> {
  expect(await redeem(who, token)).toMatchObject({ status: 200, body: { projectId, sessionId } });
  const client = await connect(who.api, 1);
  const opened = await client.open({ channel: 1, projectId, sessionId });
  expect(opened).toMatchObject({ role: 'viewer', created: false, guest: { access: expect.any(String) as string } });
  return client;
}

/** `error` on channel 1 with this code; how long it took. */
async function dismissed(client: WireClient, code: string): Promise<number> {
  const from = performance.now();
  await client.event('error', (error) => error.code === code && error.channel === 1);
  return performance.now() - from;
}

describe('a link', () => {
  it('Z-07: lets its guest watch one session, and refuses every way of changing anything', async () => {
    const shared = await session();
    const client = await visit(shared, await share(shared.sessionId));
    shared.client.type(1, 'echo "seen by $((40 + 2))"\n');
    await client.outputContains(1, 'seen by 42');
    const { projectId, sessionId } = shared;

    client.type(1, 'echo typed by a guest\n');
    await client.event('error', ({ code }) => code === 'read_only');
    client.send('signal', { channel: 1, signal: 'KILL' });
    client.send('terminate', { channel: 1 });
    client.send('resize', { channel: 1, cols: 33, rows: 11 }, 'resize');
    expect(await client.answerTo('resize')).toMatchObject({ event: 'resized', data: { cols: 80, rows: 24 } });
    client.send('write.request', { channel: 1 }, 'ask');
    expect(await client.answerTo('ask')).toMatchObject({ event: 'error', data: { code: 'forbidden' } });

    const path = `/api/sessions/${sessionId}`;
    expect((await guest.api.request('GET', path)).status).toBe(200);
    for (const [method, rest, body] of [
      ['PATCH', '', { name: 'x' }],
      ['DELETE', ''],
      ['PUT', '/size', { cols: 9, rows: 9 }],
      ['POST', '/input', { data: 'x' }],
      ['POST', '/shares', { access: 'view', expiresInSeconds: 600 }],
      ['GET', '/shares'],
      ['DELETE', `/viewers/${owner.id}`],
    ] as const) {
      expect({ method, rest, status: (await guest.api.request(method, path + rest, body)).status }).toMatchObject({
        status: 403,
      });
    }

    const neighbour = await shared.client.open({ channel: 2, projectId });
    for (const wanted of [neighbour.sessionId, undefined]) {
      const answer = await client.tryOpen({ channel: 2, projectId, sessionId: wanted });
      expect(answer).toMatchObject({ event: 'error', data: { code: 'forbidden' } });
    }
    expect((await guest.api.request('GET', `/api/sessions/${neighbour.sessionId}`)).status).toBe(404);
    expect((await guest.api.request('GET', `/api/projects/${projectId}`)).status).toBe(404);
    expect(JSON.stringify((await guest.api.request('GET', '/api/sessions')).body)).not.toContain(sessionId);

    for (let i = 0; i < 100; i++) client.type(1, 'x');
    await client.until(() => client.closed !== undefined, 'close');
    expect(client.closed?.code).toBe(4003);
    expect(shared.client.output(1).toString()).not.toContain('typed by a guest');
    expect((await owner.api.request('GET', path)).body).toMatchObject({ status: 'running', cols: 80, rows: 24 });
  });

  it('is told once and stored as a hash, and its token is in no address that a server sees', async () => {
    const { sessionId } = await session();
    const { id, token, url } = await share(sessionId, { label: 'for the review' });
    expect(url).toBe(`/#/share/${token}`);
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    const { rows } = await sql.query<object>('SELECT * FROM session_shares WHERE id = $1', [id]);
    expect(JSON.stringify(rows)).not.toContain(token);
    const list = await owner.api.fetch('GET', `/api/sessions/${sessionId}/shares`);
    const text = await list.text();
    expect(text).toContain('for the review');
    expect(text).not.toContain(token);
    expect(server.log).not.toContain(token);
  });

  it('lives a week at most, lets in as many as it says, and is nothing for whoever guesses', async () => {
    const { sessionId } = await session();
    const wish = { access: 'view', expiresInSeconds: 7 * 24 * 3600 + 1 };
    expect((await owner.api.request('POST', `/api/sessions/${sessionId}/shares`, wish)).status).toBe(400);
    const { token } = await share(sessionId, { maxUses: 1 });
    const raced = await Promise.all([guest, other, guest, other].map((who) => redeem(who, token)));
    expect(new Set(raced.filter(({ status }) => status === 200)).size).toBe(2);
    const winners = new Set(raced.flatMap(({ status }, index) => (status === 200 ? [index % 2] : [])));
    expect(winners.size).toBe(1);
    for (const guess of ['', 'x', 'A'.repeat(43), token.toUpperCase(), `${token} `]) {
      expect([400, 404]).toContain((await redeem(guest, guess)).status);
    }
  });

  it('taken back, sends its guests away within a second, on every gateway, and lets nobody in', async () => {
    const shared = await session();
    const link = await share(shared.sessionId);
    const client = await visit(shared, link);
    const path = `/api/sessions/${shared.sessionId}/shares/${link.id}`;
    expect((await owner.api.request('DELETE', path)).status).toBe(204);
    expect(await dismissed(client, 'share_ended')).toBeLessThan(PROMPT_MS);
    expect(client.closed).toBeUndefined();
    const { projectId, sessionId } = shared;
    const again = await client.tryOpen({ channel: 2, projectId, sessionId });
    expect(again).toMatchObject({ event: 'error', data: { code: 'forbidden' } });
    expect((await guest.api.request('GET', `/api/sessions/${sessionId}/screen`)).status).toBe(404);
    expect((await redeem(guest, link.token)).body).toMatchObject({ code: 'share_not_found' });
    expect((await owner.api.request('DELETE', path)).status).toBe(404);
  });

  it('sends its guests away when it expires', async () => {
    const shared = await session();
    const link = await share(shared.sessionId);
    await sql.query(`UPDATE session_shares SET expires_at = now() + interval '2 seconds' WHERE id = $1`, [link.id]);
    const client = await visit(shared, link);
    await dismissed(client, 'share_ended');
    expect((await redeem(guest, link.token)).status).toBe(404);
  });

  it('ends with the rights of whoever made it', async () => {
    const shared = await session();
    const maker = await person(server, admin, `maker-${randomUUID()}`);
    const member = `/api/projects/${shared.projectId}/members/${maker.id}`;
    await owner.api.request('PUT', member, { role: 'owner' });
    const wish = { access: 'view', expiresInSeconds: 600 };
    const made = await maker.api.request<MadeShare>('POST', `/api/sessions/${shared.sessionId}/shares`, wish);
    const client = await visit(shared, made.body);
    expect((await owner.api.request('PUT', member, { role: 'writer' })).status).toBe(200);
    expect(await dismissed(client, 'share_ended')).toBeLessThan(PROMPT_MS);
    expect((await redeem(other, made.body.token)).status).toBe(404);
  });
});

describe('asking to type', () => {
  /** A guest who may ask, and the request as the owner hears of it. */
  async function asked(): Promise<{ shared: Shared; client: WireClient; requestId: string }> {
    const shared = await session();
    const client = await visit(shared, await share(shared.sessionId, { access: 'request-write' }));
    client.send('write.request', { channel: 1 }, 'ask');
    expect(await client.answerTo('ask')).toMatchObject({ event: 'write.pending' });
    const requested = await shared.client.event('write.requested');
    expect(requested.user).toEqual({ id: guest.id, email: guest.email });
    return { shared, client, requestId: requested.requestId };
  }

  const roleOf = (client: WireClient, role: ServerEvents['role.changed']['role']) =>
    client.event('role.changed', (changed) => changed.role === role);

  it('gives the right to type to whom the owner allows it, over two gateways, until it is taken back', async () => {
    const { shared, client, requestId } = await asked();
    // Output flows all the while: the test's client checks that none is lost and none comes twice.
    shared.client.type(1, 'for i in $(seq 1 2000); do echo line $i; done\n');
    shared.client.send('write.answer', { channel: 1, requestId, allow: true });
    const { inputOffset } = await roleOf(client, 'writer');
    expect(await client.event('write.settled')).toMatchObject({ requestId, allowed: true });
    client.sendInput(1, inputOffset, Buffer.from('echo "typed by the guest: $((6 * 7))"\n'));
    await shared.client.outputContains(1, 'typed by the guest: 42');
    await client.outputContains(1, 'line 2000');

    shared.client.send('write.revoke', { channel: 1, user: guest.id });
    await roleOf(client, 'viewer');
    client.sendInput(1, inputOffset + 37, Buffer.from('echo "typed too late"\n'));
    await client.event('error', ({ code }) => code === 'read_only');
    shared.client.type(1, 'echo "finished: $((2 + 2))"\n');
    await shared.client.outputContains(1, 'finished: 4');
    expect(shared.client.output(1).toString()).not.toContain('too late');
  });

  it('takes the first answer, and tells the others who were asked', async () => {
    const { shared, client, requestId } = await asked();
    const second = await connect(owner.api, 1);
    await second.open({ channel: 1, projectId: shared.projectId, sessionId: shared.sessionId });
    second.send('write.answer', { channel: 1, requestId, allow: true }, 'late');
    // It was not there when the request was made.
    expect(await second.answerTo('late')).toMatchObject({ event: 'error', data: { code: 'conflict' } });
    shared.client.send('write.answer', { channel: 1, requestId, allow: false });
    expect(await client.event('write.settled')).toMatchObject({ requestId, allowed: false });
    expect(await shared.client.event('write.settled')).toMatchObject({ requestId, allowed: false });
    shared.client.send('write.answer', { channel: 1, requestId, allow: true }, 'again');
    expect(await shared.client.answerTo('again')).toMatchObject({ event: 'error', data: { code: 'conflict' } });
    client.send('write.request', { channel: 1 }, 'insist');
    expect(await client.answerTo('insist')).toMatchObject({ event: 'error', data: { code: 'rate_limited' } });
    expect(client.events.map(({ event }) => event)).not.toContain('role.changed');
  });

  it('ends with the time that was given, and with the socket', async () => {
    const { shared, client, requestId } = await asked();
    shared.client.send('write.answer', { channel: 1, requestId, allow: true, forSeconds: 1 });
    await roleOf(client, 'writer');
    await roleOf(client, 'viewer');
    client.send('write.request', { channel: 1 });
    const next = await shared.client.event('write.requested', (request) => request.requestId !== requestId);
    shared.client.send('write.answer', { channel: 1, requestId: next.requestId, allow: true });
    await client.until(
      () => client.events.filter(({ event }) => event === 'role.changed').length === 3,
      'writer again',
    );
    client.terminate();
    const again = await connect(guest.api, 1);
    const { projectId, sessionId } = shared;
    expect(await again.open({ channel: 1, projectId, sessionId })).toMatchObject({ role: 'viewer' });
  });

  it('is refused when nobody is there who may answer, and to answer is refused to everybody else', async () => {
    const { shared, client, requestId } = await asked();
    client.send('write.answer', { channel: 1, requestId, allow: true }, 'self');
    expect(await client.answerTo('self')).toMatchObject({ event: 'error', data: { code: 'forbidden' } });
    client.send('kick', { channel: 1, user: owner.id }, 'kick');
    expect(await client.answerTo('kick')).toMatchObject({ event: 'error', data: { code: 'forbidden' } });
    shared.client.send('write.answer', { channel: 1, requestId, allow: false });
    await client.event('write.settled');
    await shared.client.close();
    const alone = await connect(guest.api, 1);
    const { projectId, sessionId } = shared;
    await alone.open({ channel: 1, projectId, sessionId });
    await eventually(async () => {
      const id = randomUUID();
      alone.send('write.request', { channel: 1 }, id);
      expect(await alone.answerTo(id)).toMatchObject({ event: 'error', data: { code: 'conflict' } });
    });
  });
});

describe('the people at a session', () => {
  const emails = ({ viewers }: ServerEvents['presence']) => viewers.map(({ user }) => user.email).sort();

  it('see each other, on whichever gateway they are, and when somebody leaves', async () => {
    const shared = await session();
    const link = await share(shared.sessionId);
    const first = await visit(shared, link);
    const both = [guest.email, owner.email].sort();
    for (const client of [shared.client, first]) {
      await client.event('presence', (presence) => String(emails(presence)) === String(both));
    }
    const listed = await owner.api.request('GET', `/api/sessions/${shared.sessionId}/viewers`);
    expect(listed.body).toMatchObject({
      items: [
        { user: { id: owner.id, email: owner.email }, role: 'writer', since: expect.any(Number) as number },
        { user: { id: guest.id, email: guest.email }, role: 'viewer' },
      ],
    });
    await first.close();
    await shared.client.event('presence', (presence) => String(emails(presence)) === String([owner.email]));
  });

  it('are not told of anybody while they are alone', async () => {
    const shared = await session();
    const again = await connect(owner.api, 1);
    await again.open({ channel: 1, projectId: `alone-${randomUUID()}` });
    again.type(1, 'echo ready\n');
    await again.outputContains(1, 'ready');
    for (const client of [shared.client, again]) {
      expect(client.events.map(({ event }) => event)).not.toContain('presence');
    }
  });

  it('are sent away by the owner, and the link does not bring them back', async () => {
    const shared = await session();
    const link = await share(shared.sessionId);
    const client = await visit(shared, link);
    shared.client.send('kick', { channel: 1, user: guest.id });
    await dismissed(client, 'kicked');
    await client.until(() => client.closed !== undefined, 'close');
    expect(client.closed?.code).toBe(4023);
    expect((await redeem(guest, link.token)).status).toBe(404);
    expect((await redeem(other, link.token)).status).toBe(200);
  });

  it('are sent away over REST, from a socket that goes on with what else it has', async () => {
    const shared = await session();
    const client = await visit(shared, await share(shared.sessionId));
    await client.open({ channel: 2, projectId: `own-${randomUUID()}` });
    const path = `/api/sessions/${shared.sessionId}/viewers/${guest.id}`;
    expect((await owner.api.request('DELETE', path)).status).toBe(204);
    await dismissed(client, 'kicked');
    client.type(2, 'echo still here\n');
    await client.outputContains(2, 'still here');
    expect((await owner.api.request('DELETE', path)).status).toBe(404);
    expect((await other.api.request('DELETE', path)).status).toBe(404);
  });
});

describe('an administrator', () => {
  it('D-08: watches only what he said he would watch, on record, and seen by those who are there', async () => {
    const shared = await session();
    const { projectId, sessionId } = shared;
    // A login that has just proved who it is.
    const admin = await Api.login(server);
    const client = await connect(admin, 1);
    const uninvited = await client.tryOpen({ channel: 1, projectId, sessionId });
    expect(uninvited).toMatchObject({ event: 'error', data: { code: 'watch_required' } });
    for (const path of ['screen', 'output', 'recording']) {
      const { status, body } = await admin.request('GET', `/api/sessions/${sessionId}/${path}`);
      expect({ path, status, code: body['code'] }).toEqual({ path, status: 403, code: 'watch_required' });
    }
    const typed = await admin.request('POST', `/api/sessions/${sessionId}/input`, { data: 'x' });
    expect(typed.body).toMatchObject({ code: 'watch_required' });

    expect((await admin.request('POST', `/api/admin/sessions/${sessionId}/watch`)).status).toBe(200);
    const opened = await client.open({ channel: 1, projectId, sessionId });
    expect(opened).toMatchObject({ role: 'viewer', guest: { access: 'watch' } });
    expect(await shared.client.event('notice')).toMatchObject({
      channel: 1,
      kind: 'watched',
      active: true,
      text: expect.stringContaining(server.admin.email) as string,
    });
    client.type(1, 'x');
    await client.event('error', ({ code }) => code === 'read_only');
    client.send('write.request', { channel: 1 }, 'ask');
    expect(await client.answerTo('ask')).toMatchObject({ event: 'error', data: { code: 'forbidden' } });

    expect((await admin.request('DELETE', `/api/admin/sessions/${sessionId}/watch`)).status).toBe(204);
    await dismissed(client, 'share_ended');
    await shared.client.event('notice', ({ active }) => !active);
    await expectOnRecord('session.watched', sessionId);
  });

  it('is nobody special to others: who is none cannot watch', async () => {
    const { sessionId } = await session();
    const answer = await other.api.request('POST', `/api/admin/sessions/${sessionId}/watch`);
    expect(answer.status).toBe(403);
  });
});

/** In the audit log, with who and what. */
async function expectOnRecord(code: string, sessionId: string): Promise<void> {
  await eventually(async () => {
    const { rows } = await sql.query<{ actor_email: string }>(
      `SELECT actor_email FROM audit_events WHERE code = $1 AND target_id = $2 AND outcome = 'ok'`,
      [code, sessionId],
    );
    expect(rows).toEqual([{ actor_email: server.admin.email }]);
  });
}
