import fs from 'node:fs';
import path from 'node:path';
import { WebSocket } from 'ws';
import { Api } from '../support/api';
import { auditEvent, inDatabase } from '../support/audit';
import { Authenticator } from '../support/authenticator';
import { TestServer } from '../support/server';
import { WireClient } from '../support/wire-client';

const CAROL = { email: 'carol@test.local', password: 'the first password of carol' };
const DAVE = { email: 'dave@test.local', password: 'the password of dave' };
const NEXT_PASSWORD = 'the second password of carol';
const WRONG_PASSWORD = 'what somebody guessed as password';
const TYPED = 'typed-where-nothing-is-echoed';

let server: TestServer;
let admin: Api;
let sessionId: string;
/** Everything that was issued or told, by what it is. */
const secrets = new Map<string, string>();

beforeAll(async () => {
  server = await TestServer.start({ LOG_LEVEL: 'trace' });
  secrets.set("the administrator's password", server.admin.password);
  admin = remember('of the administrator', await Api.login(server));
});
afterAll(() => server.stop());

function remember(whose: string, api: Api): Api {
  secrets.set(`the access token ${whose}`, api.token);
  secrets.set(`the signature of the access token ${whose}`, api.token.slice(api.token.lastIndexOf('.') + 1));
  secrets.set(`the refresh token ${whose}`, api.refreshToken);
  return api;
}

async function post(pathName: string, body: object): Promise<Record<string, string>> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(server.baseUrl + pathName, { method: 'POST', headers, body: JSON.stringify(body) });
  return (await response.json()) as Record<string, string>;
}

/** Answers the code of its close, or the status of its refusal. */
function dial(url: string, protocols: string[]): Promise<number> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url, protocols, { origin: server.baseUrl });
    socket.on('message', () => socket.close(1000));
    socket.on('close', resolve);
    socket.on('unexpected-response', (_, response) => resolve(response.statusCode ?? 0));
    socket.on('error', () => undefined);
  });
}

it('U-06: keeps what is typed while nothing is echoed out of every record', async () => {
  const client = await WireClient.connect(server.terminalUrl, admin.token);
  ({ sessionId } = await client.open({ channel: 1 }));
  client.type(1, 'stty -echo; echo rea""dy; read -r X; stty echo; echo go""t ${#X}\n');
  await client.outputContains(1, 'ready');
  client.type(1, `${TYPED}\n`);
  await client.outputContains(1, `got ${TYPED.length}`);
  await client.close();
  secrets.set('what was typed without echo', TYPED);
  await auditEvent(admin, { code: 'session.detached' });
  expect(await found(TYPED)).toEqual([]);
});

it('S-04: leaves no password, token, ticket or code in a log, the audit log, the database or a file', async () => {
  secrets.set('the first password', CAROL.password);
  secrets.set('the second password', NEXT_PASSWORD);
  secrets.set('a wrong password', WRONG_PASSWORD);
  await admin.request('POST', '/api/admin/users', CAROL);
  await post('/api/auth/login', { email: CAROL.email, password: WRONG_PASSWORD });
  // Where a person is in a hurry, the password stands in the other field.
  await post('/api/auth/login', { email: `password=${WRONG_PASSWORD}`, password: 'x' });
  const carol = remember('of carol', await Api.login(server, CAROL));
  const { accessToken = '', refreshToken = '' } = await post('/api/auth/refresh', { refreshToken: carol.refreshToken });
  secrets.set('a renewed access token', accessToken);
  secrets.set('a renewed refresh token', refreshToken);

  const [used, unused] = [await carol.ticket(), await carol.ticket()];
  secrets.set('a used ticket', used);
  secrets.set('a ticket that was not used', unused);
  expect(await dial(`${server.terminalUrl}?ticket=${used}`, ['holdfast.v1'])).toBe(1000);
  expect(await dial(`${server.terminalUrl}?ticket=${used}`, ['holdfast.v1'])).toBe(401);
  expect(await dial(server.terminalUrl, ['holdfast.v1', `holdfast.bearer.${carol.token}`])).toBe(1000);

  const change = { currentPassword: CAROL.password, newPassword: NEXT_PASSWORD };
  expect((await carol.request('POST', '/api/auth/password', change)).status).toBe(204);
  await carol.request('PATCH', `/api/sessions/none?token=${carol.token}`, { name: carol.token });
  expect((await carol.request('POST', '/api/auth/logout')).status).toBe(204);
  // A reused refresh token, and one of a login that has ended.
  await post('/api/auth/refresh', { refreshToken: carol.refreshToken });
  await post('/api/auth/refresh', { refreshToken });
  await auditEvent(admin, { code: 'auth.logout', actor: CAROL.email });
  await auditEvent(admin, { code: 'auth.refresh*', outcome: 'refused' });

  await enrollDave();

  await server.kill('SIGTERM');
  expect([...secrets.values()].filter((secret) => secret.length < 8)).toEqual([]);
  expect(secrets.size).toBeGreaterThan(30);
  // What may be there is found: this looks into the right places.
  expect(await found(CAROL.email)).toEqual(
    expect.arrayContaining(['the table users', expect.stringMatching(/audit_events/)]),
  );
  expect(await found(sessionId)).toEqual(expect.arrayContaining([expect.stringContaining(`${server.dataDir}/host`)]));
  for (const [what, secret] of secrets) expect([what, await found(secret)]).toEqual([what, []]);
});

/** With a second factor, one code of it and one recovery code used. */
async function enrollDave(): Promise<void> {
  await admin.request('POST', '/api/admin/users', DAVE);
  const dave = remember('of dave', await Api.login(server, DAVE));
  const { secret } = (await dave.request<{ secret: string }>('POST', '/api/auth/totp/enroll')).body;
  const app = new Authenticator(secret);
  const confirmed = await dave.request<{ recoveryCodes: string[]; accessToken: string }>(
    'POST',
    '/api/auth/totp/confirm',
    { code: app.code(Date.now(), -1) },
  );
  const { recoveryCodes, accessToken } = confirmed.body;
  secrets.set('a TOTP secret', secret);
  secrets.set('the access token after enrolling', accessToken);
  for (const [n, code] of recoveryCodes.entries()) secrets.set(`recovery code ${n}`, code);
  const wrong = await post('/api/auth/login', { ...DAVE, totp: app.wrongCode() });
  expect(wrong['code']).toBe('totp_invalid');
  const withCode = await post('/api/auth/login', { ...DAVE, totp: app.code() });
  const withRecoveryCode = await post('/api/auth/login', { ...DAVE, totp: recoveryCodes[0] });
  for (const [how, tokens] of Object.entries({ withCode, withRecoveryCode })) {
    secrets.set(`the access token ${how}`, tokens['accessToken'] ?? '');
    secrets.set(`the refresh token ${how}`, tokens['refreshToken'] ?? '');
  }
  await auditEvent(admin, { code: 'mfa.recovery.used' });
}

/** Where it is found: in the log, a table, or a file of DATA_DIR besides its secrets. */
async function found(secret: string): Promise<string[]> {
  const places = server.log.includes(secret) ? ['the log'] : [];
  for (const file of filesIn(server.dataDir)) if (fs.readFileSync(file).includes(secret)) places.push(file);
  await inDatabase(server, async (client) => {
    const tables = await client.query<{ name: string }>(
      `SELECT quote_ident(table_name) AS name FROM information_schema.tables
       WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`,
    );
    expect(tables.rows.map(({ name }) => name)).toContain('audit_events');
    for (const { name } of tables.rows) {
      const { rowCount } = await client.query(`SELECT FROM ${name} AS t WHERE position($1 in t::text) > 0 LIMIT 1`, [
        secret,
      ]);
      if (rowCount !== 0) places.push(`the table ${name}`);
    }
  });
  return places;
}

function* filesIn(directory: string): Generator<string> {
  for (const entry of fs.readdirSync(directory, { withFileTypes: true })) {
    const name = path.join(directory, entry.name);
    if (entry.isDirectory() && name !== path.join(server.dataDir, 'secrets')) yield* filesIn(name);
    // A file that was drained meanwhile is gone.
    if (entry.isFile() && fs.existsSync(name)) yield name;
  }
}
