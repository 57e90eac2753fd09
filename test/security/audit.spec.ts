import http from 'node:http';
import { RequestMethod, type Type } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { AUDITED } from '../../src/audit/audited.decorator';
import { ROLES } from '../../src/auth/roles.decorator';
import { Outbox } from '../../src/infrastructure/outbox/outbox';
import { type Answer, Api } from '../support/api';
import { auditEvent, auditEvents, inDatabase } from '../support/audit';
import { eventually } from '../support/eventually';
import { RestApplication } from '../support/rest-application';
import { TestServer } from '../support/server';
import { WireClient } from '../support/wire-client';

const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const BOB = { email: 'bob@test.local', password: 'the password of bob' };

let server: TestServer;
let admin: Api;
let bob: Api;
let bobId: string;
/** The administrator's. */
let sessionId: string;

beforeAll(async () => {
  server = await TestServer.start();
  admin = await Api.login(server);
  bobId = (await admin.request<{ id: string }>('POST', '/api/admin/users', BOB)).body.id;
  bob = await Api.login(server, BOB);
  const client = await WireClient.connect(server.terminalUrl, admin.token);
  ({ sessionId } = await client.open({ channel: 1 }));
  await client.close();
});
afterAll(() => server.stop());

/** An upgrade by hand; answers the status of its refusal. */
function upgrade(path: string, headers: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = http.request({
      host: '127.0.0.1',
      port: server.endpoints.terminal,
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
    request.on('upgrade', (_, socket) => {
      socket.destroy();
      resolve(101);
    });
    request.on('response', (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on('error', reject);
    request.end();
  });
}

async function post(path: string, body: object): Promise<Record<string, string>> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(server.baseUrl + path, { method: 'POST', headers, body: JSON.stringify(body) });
  return (await response.json()) as Record<string, string>;
}

const ATTACKS: readonly (readonly [what: string, code: string, reason: string, attack: () => Promise<unknown>])[] = [
  [
    'a wrong password',
    'auth.login.failed',
    'unauthenticated',
    () => post('/api/auth/login', { ...BOB, password: 'guess' }),
  ],
  ['a login without a password', 'auth.login.failed', 'bad_request', () => post('/api/auth/login', { email: [] })],
  [
    'a refresh token that was used before',
    'auth.refresh.reuse',
    'unauthenticated',
    async () => {
      const { refreshToken } = await Api.login(server, BOB);
      const { refreshToken: next } = await post('/api/auth/refresh', { refreshToken });
      await post('/api/auth/refresh', { refreshToken: next });
      await post('/api/auth/refresh', { refreshToken });
    },
  ],
  [
    'a token nobody signed',
    'access.refused',
    'unauthenticated',
    () => fetch(`${server.baseUrl}/api/sessions`, { headers: { authorization: 'Bearer e30.e30.e30' } }),
  ],
  ["an administrator's route", 'access.refused', 'forbidden', () => bob.request('GET', '/api/admin/users')],
  [
    "another's session",
    'access.refused',
    'session_not_found',
    () => bob.request('DELETE', `/api/sessions/${sessionId}`),
  ],
  ['a socket without a credential', 'ws.refused', 'unauthenticated', () => upgrade('/')],
  [
    'a socket from a foreign page',
    'ws.refused',
    'bad_origin',
    async () => upgrade(`/?ticket=${await bob.ticket()}`, { origin: 'https://evil.example' }),
  ],
  [
    'a request for another host',
    'access.refused',
    'bad_host',
    () => upgrade('/health/live', { host: 'evil.example', connection: 'close', upgrade: '' }),
  ],
  ['a socket for another host', 'ws.refused', 'bad_host', () => upgrade('/', { host: 'evil.example' })],
  [
    'a socket with two credentials',
    'ws.refused',
    'bad_request',
    () => upgrade('/?ticket=x', { authorization: 'Bearer a.b.c' }),
  ],
];

it.each(ATTACKS)('U-01: has a record of %s', async (_, code, reason, attack) => {
  const from = new Date().toISOString();
  await attack();
  // A refused DELETE of a session is a refused `session.terminated`.
  const codes = code === 'access.refused' ? [code, 'session.terminated'] : [code];
  const event = await auditEvent(
    admin,
    { from, outcome: 'refused' },
    (one) => codes.includes(one.code) && one.reason === reason,
  );
  expect(event.source.ip).toMatch(/127\.0\.0\.1$/);
});

it('U-01: says who did what to whom in what succeeds, too', async () => {
  const { userId } = (await auditEvent(admin, { code: 'session.created', target: `session:${sessionId}` })).actor;
  expect(await auditEvent(admin, { code: 'session.attached', target: sessionId })).toMatchObject({
    actor: { userId, email: server.admin.email, role: 'admin' },
    data: { role: 'writer', projectId: 'default' },
  });
  expect(await auditEvent(admin, { code: 'session.detached', target: sessionId })).toMatchObject({ outcome: 'ok' });
  expect(await auditEvent(admin, { code: 'ws.closed', actor: server.admin.email })).toMatchObject({ reason: '1000' });
  expect(await auditEvent(admin, { code: 'auth.login', actor: bobId })).toMatchObject({ actor: { email: BOB.email } });
  expect(await auditEvent(admin, { code: 'user.created', target: bobId })).toMatchObject({
    actor: { userId },
    data: { email: BOB.email },
  });
});

it('D-10: has a change by an administrator on disk before it is answered: a server that is killed with the answer tells of it', async () => {
  const { status, body } = await admin.request<{ id: string }>('POST', '/api/admin/users', {
    email: 'gone@test.local',
    password: 'a password of theirs',
  });
  expect(status).toBe(201);
  const answer = await admin.request('PATCH', `/api/admin/users/${body.id}`, { disabled: true });
  await server.kill();
  expect(answer.status).toBe(200);
  await server.run();
  expect(await auditEvent(admin, { code: 'user.disabled', target: `user:${body.id}` })).toMatchObject({
    outcome: 'ok',
    actor: { email: server.admin.email },
    data: { asked: { disabled: true } },
  });
});

describe('a change by an administrator', () => {
  let rest: RestApplication;

  beforeAll(async () => void (rest = await RestApplication.start({ env: { OUTBOX_MAX_BYTES: String(1024 * 1024) } })));
  afterAll(() => rest.stop());

  it('D-10: has an event, whichever route it takes', () => {
    const handlers = [...rest.app.get(ModulesContainer).values()].flatMap(({ controllers }) =>
      [...controllers.values()].flatMap(({ metatype }) => changesOf(metatype as Type)),
    );
    expect(handlers.length).toBeGreaterThan(5);
    expect(handlers.filter(({ isAudited }) => !isAudited)).toEqual([]);
  });

  it('D-10: is refused when there is no room to record it, and what is missing is counted', async () => {
    const told = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    const tokens = await rest.login();
    const outbox = rest.app.get(Outbox);
    let isStuck = true;
    outbox.register('test.stuck', async () => {
      if (isStuck) throw Object.assign(new Error('away'), { code: 'ECONNREFUSED' });
    });
    while (outbox.hasRoom) outbox.append('test.stuck', 'x'.repeat(4096));
    const user = { email: 'late@test.local', password: 'a password of theirs' };
    const refused = await rest.client(tokens).post('/api/admin/users', user);
    expect(refused).toMatchObject({ status: 503, body: { code: 'audit_unavailable' } });
    expect(refused.headers.get('retry-after')).toBe('5');
    // Reading is no change, and what nobody waits for is counted.
    expect((await rest.client().get('/api/admin/users')).status).toBe(401);
    isStuck = false;
    outbox.wake();
    await eventually(() => expect(outbox.hasRoom).toBe(true));
    expect((await rest.client(tokens).post('/api/admin/users', user)).status).toBe(201);
    await eventually(async () => {
      const { body } = await rest.client(tokens).get<{ items: unknown[] }>('/api/admin/audit?code=audit.gap');
      expect(body.items).toEqual([expect.objectContaining({ data: expect.objectContaining({ count: 1 }) as unknown })]);
    });
    told.mockRestore();
  });
});

/** The routes of a controller that only administrators may take and that do more than read. */
function changesOf(controller: Type): { readonly route: string; readonly isAudited: boolean }[] {
  const prototype = controller.prototype as Record<string, object>;
  return Object.getOwnPropertyNames(prototype).flatMap((name) => {
    const handler = prototype[name] ?? {};
    const roles = (Reflect.getMetadata(ROLES, handler) ?? Reflect.getMetadata(ROLES, controller)) as
      string[] | undefined;
    const method = Reflect.getMetadata('method', handler) as RequestMethod | undefined;
    if (!roles?.includes('admin') || method === undefined || method === RequestMethod.GET) return [];
    return [{ route: `${controller.name}.${name}`, isAudited: Reflect.hasMetadata(AUDITED, handler) }];
  });
}

it('U-05: lets the role that writes events, and their owner, neither change nor remove one', async () => {
  await inDatabase(server, async (client) => {
    for (const role of ['holdfast_audit', 'none']) {
      await client.query(`SET ROLE ${role}`);
      for (const statement of [
        `UPDATE audit_events SET code = 'x'`,
        'DELETE FROM audit_events',
        'TRUNCATE audit_events',
        `DELETE FROM audit_events_${new Date().toISOString().slice(0, 7).replace('-', '_')}`,
        `TRUNCATE audit_events_${new Date().toISOString().slice(0, 7).replace('-', '_')}`,
      ]) {
        await expect(client.query(statement)).rejects.toMatchObject({ code: '42501' });
      }
    }
    await client.query('SET ROLE holdfast_audit');
    expect((await client.query('SELECT FROM audit_events LIMIT 1')).rowCount).toBe(1);
    await expect(client.query('SELECT FROM users')).rejects.toMatchObject({ code: '42501' });
  });
});

it("Z-06: answers for another's recording, output, screen and history as for a session that does not exist", async () => {
  const unknown = 'session_1764000000000_0000000000000000';
  for (const what of ['', '/recording', '/output', '/screen', '/events']) {
    const theirs = await bob.request('GET', `/api/sessions/${sessionId}${what}`);
    const none = await bob.request('GET', `/api/sessions/${unknown}${what}`);
    const comparable = ({ requestId: _, message, ...body }: Record<string, unknown>): unknown => ({
      ...body,
      message: String(message).replace(sessionId, unknown),
    });
    expect(theirs.status).toBe(404);
    expect(comparable(theirs.body)).toEqual(comparable(none.body));
  }
  for (const path of ['/api/admin/audit', '/api/admin/audit/export']) {
    expect((await bob.request('GET', path)).status).toBe(403);
  }
});

describe('names that want to be more', () => {
  const names = [
    'two\r\nlines',
    '\u001b[2J\u001b]0;x\u0007',
    '\u009b31m',
    'one\u2028two',
    '\u202egnp.exe',
    `=cmd|' /C calc'!A0`,
  ];

  async function exported(): Promise<{ headers: Headers; lines: string[] }> {
    const response = await admin.fetch('GET', '/api/admin/audit/export');
    expect(response.status).toBe(200);
    const text = await response.text();
    expect(text.endsWith('\n')).toBe(true);
    return { headers: response.headers, lines: text.trimEnd().split('\n') };
  }

  beforeAll(async () => {
    for (const [n, name] of names.entries()) {
      await admin.request('POST', '/api/projects', { id: `named-${n}`, name });
      await post('/api/auth/login', { email: name, password: 'x' });
    }
    await auditEvent(admin, { code: 'project.created', target: `named-${names.length - 1}` });
  });

  it('J-09: are on one line, and shown instead of obeyed, in events, exports and the log', async () => {
    const { lines } = await exported();
    for (const line of lines) {
      expect(line).not.toMatch(INVISIBLE);
      expect(JSON.parse(line)).toMatchObject({ code: expect.any(String) as string });
    }
    expect(await auditEvent(admin, { target: 'named-0' })).toMatchObject({
      data: { asked: { name: 'two\\r\\nlines' } },
    });
    for (const line of server.log.split('\n')) expect(line).not.toMatch(INVISIBLE);
  });

  it('J-13: are no formulas in an export: it is a download of JSON lines, whatever is asked for', async () => {
    const { headers, lines } = await exported();
    expect(headers.get('content-type')).toBe('application/octet-stream');
    expect(headers.get('content-disposition')).toMatch(/^attachment; filename="audit-[\w-]+\.jsonl"$/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    for (const line of lines) expect(line).toMatch(/^\{.*\}$/);
    expect(await auditEvent(admin, { code: 'audit.exported' })).toMatchObject({ actor: { email: server.admin.email } });
  });
});

it('gives events page by page, by code, outcome and time, and refuses what it does not understand', async () => {
  const all = await auditEvents(admin, { code: 'auth.*' });
  const pages: unknown[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const query: string = `code=auth.*&limit=3&to=${all[0]?.at}${cursor && `&cursor=${cursor}`}`;
    const page: Answer<{ items: unknown[]; nextCursor: string | null }> = await admin.request(
      'GET',
      `/api/admin/audit?${query}`,
    );
    pages.push(...page.body.items);
    cursor = page.body.nextCursor;
  }
  expect(pages).toEqual(all.filter(({ at }) => at < (all[0]?.at ?? '')));
  for (const query of ['code=%27;', 'from=yesterday', 'outcome=maybe', 'cursor=x', 'limit=0']) {
    expect((await admin.request('GET', `/api/admin/audit?${query}`)).status).toBe(400);
  }
});
