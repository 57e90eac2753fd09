import { Api } from '../support/api';
import { auditEvent, auditEvents, inDatabase, verifyAudit } from '../support/audit';
import { eventually } from '../support/eventually';
import { TestServer } from '../support/server';
import { TestCluster } from '../support/test-cluster';
import { WireClient } from '../support/wire-client';

/** Changes that are under way when the server is killed. */
const LOAD = 40;
/** Less than were answered when the server is killed. */
const ANSWERED = 10;

let cluster: TestCluster;
let server: TestServer;
let admin: Api;

beforeAll(async () => {
  cluster = await TestCluster.start({ synchronous_commit: 'on' });
  server = await TestServer.start({ DATABASE_URL: cluster.url() });
  admin = await Api.login(server);
}, 120_000);
afterAll(async () => {
  await server?.stop();
  await cluster?.stop();
});

it('U-04: loses no event while PostgreSQL is away, and no terminal waits', async () => {
  const client = await WireClient.connect(server.terminalUrl, admin.token);
  const { sessionId } = await client.open({ channel: 1 });
  await auditEvent(admin, { code: 'session.attached', target: sessionId });
  await cluster.goAway();
  client.type(1, 'echo st""ill\n');
  await client.outputContains(1, 'still');
  const from = new Date().toISOString();
  for (let n = 0; n < 5; n++) {
    const other = await WireClient.connect(server.terminalUrl, admin.token);
    await other.open({ channel: 1, sessionId });
    await other.close();
  }
  expect((await admin.request('GET', '/api/admin/audit')).status).toBe(503);
  await cluster.comeBack();
  await eventually(async () => {
    const events = await auditEvents(admin, { from });
    const count = (code: string) => events.filter((event) => event.code === code).length;
    expect([count('ws.connected'), count('session.attached'), count('session.detached'), count('ws.closed')]).toEqual([
      5, 5, 5, 5,
    ]);
  });
  await client.close();
  expect(await verifyAudit(server)).toMatchObject({
    code: 0,
    output: expect.stringContaining('Nothing is missing') as string,
  });
}, 120_000);

it('U-03: loses nothing that was answered when the server is killed under load, and leaves no gap', async () => {
  const answered: string[] = [];
  let killing: Promise<void> | undefined;
  const changes = Array.from({ length: LOAD }, async (_, n) => {
    const id = `made-under-load-${n}`;
    const answer = await admin.request('POST', '/api/projects', { id }).catch(() => undefined);
    if (answer?.status === 201) answered.push(id);
    if (answered.length >= ANSWERED) await (killing ??= server.kill());
  });
  await Promise.all(changes);
  expect(answered.length).toBeGreaterThanOrEqual(ANSWERED);
  await server.run();
  await eventually(async () => {
    const events = await auditEvents(admin, { code: 'project.created' });
    const recorded = events.map(({ target }) => target?.id);
    expect(answered.filter((id) => !recorded.includes(id))).toEqual([]);
  });
  expect(await verifyAudit(server)).toMatchObject({
    code: 0,
    output: expect.stringContaining('Nothing is missing') as string,
  });
}, 120_000);

describe('after somebody was in the database', () => {
  /** What the verification printed. */
  let output: string;
  let stream: string;

  beforeAll(async () => {
    for (let n = 0; n < 10; n++) await admin.request('POST', '/api/projects', { id: `evidence-${n}` });
    const latest = await auditEvent(admin, { code: 'project.created', target: 'evidence-9' });
    ({ stream } = latest);
    await server.kill('SIGTERM');
    expect((await verifyAudit(server)).code).toBe(0);
    await inDatabase(server, async (client) => {
      // Without this even a superuser is refused by the triggers.
      await client.query(`SET session_replication_role = 'replica'`);
      const { rows } = await client.query<{ last: string }>(
        'SELECT max(seq) AS last FROM audit_events WHERE stream = $1',
        [stream],
      );
      const last = Number(rows[0]?.last);
      const at = (seq: number) => [stream, seq];
      await client.query(`UPDATE audit_events SET actor_email = 'mallory' WHERE stream = $1 AND seq = $2`, at(2));
      await client.query('DELETE FROM audit_events WHERE stream = $1 AND seq = $2', at(4));
      for (const [from, to] of [
        [6, 0],
        [7, 6],
        [0, 7],
      ] as const) {
        await client.query('UPDATE audit_events SET seq = $3 WHERE stream = $1 AND seq = $2', [...at(from), to]);
      }
      await client.query('DELETE FROM audit_events WHERE stream = $1 AND seq = $2', at(last));
      await client.query(
        `INSERT INTO audit_events (stream, seq, at, node, code, outcome, data, prev, mac)
         VALUES ($1, 1, now(), 'n', $2, 'ok', '{}', 'GENESIS', 'forged')`,
        ['zz\u001b[2J\u202e', 'auth.login\u001b]0;owned\u0007'],
      );
    });
    const verified = await verifyAudit(server);
    expect(verified.code).toBe(1);
    ({ output } = verified);
  }, 120_000);

  it('U-02: finds each edit, deletion, swap, cut and addition, and says where', () => {
    const lines = output.split('\n').filter((line) => /^[A-Z]+ /.test(line));
    const findings = lines.map((line) =>
      line.replace(`stream ${stream}, `, '').replace(/ \(.*/, '').replace(/:.*/, ''),
    );
    expect(findings).toEqual([
      'EDITED     event 2',
      'MISSING    event 4',
      'EDITED     event 6',
      'EDITED     event 7',
      expect.stringMatching(/^EDITED {5}stream zz/) as string,
      expect.stringMatching(/^CUT {8}event \d+$/) as string,
    ]);
  });

  it('E-09: prints what stands in the rows without the terminal obeying it', () => {
    expect(output).toContain('zz\\u001b[2J\\u202e');
    expect(output).toContain('auth.login\\u001b]0;owned\\u0007');
    for (const line of output.split('\n')) expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  });
});
