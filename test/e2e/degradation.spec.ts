import { WebSocket } from 'ws';
import { Api } from '../support/api';
import { eventually } from '../support/eventually';
import { TestRedis } from '../support/redis';
import { TestServer } from '../support/server';
import { TestCluster } from '../support/test-cluster';
import { WireClient } from '../support/wire-client';
import { Workload } from '../support/workload';

const PASSWORD = 'a password of hers';
/** Behind an open circuit nothing is waited for; a loaded machine still takes its time for a request. */
const AT_ONCE_MS = 1000;

interface SessionPage {
  readonly items: readonly { readonly id: string; readonly status: string }[];
  readonly degraded?: boolean;
}

describe('Without PostgreSQL and Redis', () => {
  let cluster: TestCluster;
  let redis: TestRedis;
  let server: TestServer;
  let admin: Api;
  let alice: Api;
  let bob: Api;
  let loggedOut: Api;
  /** Alice's, and what it printed before the outage. */
  let session: { sessionId: string; epoch: string; offset: number };
  let load: Workload;

  beforeAll(async () => {
    [cluster, redis] = await Promise.all([TestCluster.start({ synchronous_commit: 'on' }), TestRedis.start()]);
    server = await TestServer.start({ DATABASE_URL: cluster.url(), REDIS_URL: redis.url });
    admin = await Api.login(server);
    [alice, bob, loggedOut] = [await user('alice'), await user('bob'), await user('carol')];
    const client = await WireClient.connect(server.terminalUrl, alice.token);
    const { sessionId, epoch } = await client.open({ channel: 1, projectId: 'of-alice' });
    client.type(1, 'echo be""fore\n');
    await client.until(() => client.output(1).includes('before'), 'output');
    session = { sessionId, epoch, offset: client.nextOffset(1) };
    client.socket.terminate();
    load = await Workload.start(server, admin.token, 'outage');
    expect((await loggedOut.request('POST', '/api/auth/logout')).status).toBe(204);
    await Promise.all([cluster.goAway(), redis.kill()]);
  }, 120_000);

  afterAll(async () => {
    await Workload.closeAll();
    await server?.stop();
    await Promise.all([cluster?.stop(), redis?.stop()]);
  });

  async function user(name: string): Promise<Api> {
    const credentials = { email: `${name}@test.local`, password: PASSWORD };
    expect((await admin.request('POST', '/api/admin/users', credentials)).status).toBe(201);
    return Api.login(server, credentials);
  }

  const expectReady = (status: number) =>
    eventually(async () => expect((await fetch(`${server.baseUrl}/health/ready`)).status).toBe(status));

  /** Alice is where she was, and goes on. */
  async function expectResumed(): Promise<void> {
    const client = await WireClient.connect(server.terminalUrl, alice.token);
    const { sessionId, epoch, offset } = session;
    const opened = await client.open({ channel: 1, projectId: 'of-alice', sessionId, epoch, offset });
    expect(opened).toMatchObject({ created: false, reused: true, resume: 'exact', offset, role: 'writer' });
    client.type(1, 'echo af""ter\n');
    await client.until(() => client.output(1).includes('after'), 'output');
    session = { ...session, offset: client.nextOffset(1) };
    client.socket.terminate();
  }

  /** What needs the truth is refused, soon without a look, and says when to come back. */
  async function expectRefusals(): Promise<void> {
    const client = await WireClient.connect(server.terminalUrl, alice.token);
    const refused = await client.tryOpen({ channel: 2, projectId: 'of-alice' });
    expect(refused.data).toMatchObject({ code: 'database_unavailable', retryable: true });
    expect(refused.data['retryAfterMs']).toEqual(expect.any(Number));
    client.socket.terminate();
    // The first few failures open the circuit.
    await eventually(async () => {
      await login();
      expect(await stateOf('postgres')).toBe('open');
    });
    const since = performance.now();
    const answer = await login();
    expect(performance.now() - since).toBeLessThan(AT_ONCE_MS);
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await answer.json()).toMatchObject({ code: 'database_unavailable' });
  }

  const login = () =>
    fetch(`${server.baseUrl}/api/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: 'alice@test.local', password: PASSWORD }),
    });

  async function stateOf(name: string): Promise<string | undefined> {
    const response = await fetch(`${server.baseUrl}/stats/circuit-breaker`);
    const { items } = (await response.json()) as { items: { name: string; state: string }[] };
    return items.find((item) => item.name === name)?.state;
  }

  it('open terminals go on, and one that was cut comes back', async () => {
    load.type(20);
    await load.confirmed();
    await load.moreOutput();
    load.cut();
    load.type(20);
    await load.confirmed();
    await load.moreOutput();
    await expectResumed();
  });

  it('new sessions and logins are refused at once, with the time to come back', async () => {
    await expectRefusals();
    await expectReady(503);
  });

  it('a gateway that is killed starts again and lets everybody back into what is theirs', async () => {
    await server.kill('SIGKILL');
    load.type(20);
    await server.run();
    await load.confirmed();
    await load.moreOutput();
    await expectResumed();
    await expectRefusals();
    await expectReady(503);
  });

  it('a session is nobody else’s', async () => {
    const client = await WireClient.connect(server.terminalUrl, bob.token);
    const { sessionId } = session;
    const answer = await client.tryOpen({ channel: 1, projectId: 'of-alice', sessionId });
    expect(answer).toMatchObject({ event: 'error', data: { code: 'database_unavailable' } });
    client.socket.terminate();
    expect((await bob.request('GET', `/api/sessions/${sessionId}`)).status).toBe(503);
    expect((await alice.request('GET', `/api/sessions/${sessionId}`)).body).toMatchObject({ status: 'running' });
  });

  it('lists what runs here, and says that it may not be all', async () => {
    const { body } = await alice.request<SessionPage>('GET', '/api/sessions');
    expect(body.degraded).toBe(true);
    expect(body.items.map(({ id }) => id)).toEqual([session.sessionId]);
    const elsewhere = await alice.request<SessionPage>('GET', '/api/sessions?projectId=other');
    expect(elsewhere.body.items).toEqual([]);
    expect((await bob.request<SessionPage>('GET', '/api/sessions')).body.items).toEqual([]);
  });

  it('tokens of ended logins stay refused, also by a process that never heard of the logout', async () => {
    expect((await loggedOut.request('GET', '/api/auth/me')).status).toBe(401);
    expect((await alice.request('GET', '/api/auth/me')).status).toBe(200);
  });

  it('tickets are issued and good once', async () => {
    const ticket = await alice.ticket();
    const url = `${server.terminalUrl}?ticket=${ticket}`;
    const outcomes = await Promise.all([dial(url), dial(url)]);
    expect(outcomes.sort()).toEqual(['401', 'open']);
  });

  it('everything comes back by itself, and no byte is missing', async () => {
    await Promise.all([cluster.comeBack(), redis.run()]);
    await expectReady(200);
    await eventually(async () => expect(await stateOf('postgres')).toBe('closed'));
    const client = await WireClient.connect(server.terminalUrl, alice.token);
    await expect(client.open({ channel: 3, projectId: 'of-alice' })).resolves.toMatchObject({ created: true });
    client.socket.terminate();
    expect((await login()).status).toBe(200);
    const { body } = await alice.request<SessionPage>('GET', '/api/sessions');
    expect(body.degraded).toBeUndefined();
    expect(body.items).toHaveLength(2);
    await expectResumed();
    await load.verify();
  });

  it('a PostgreSQL that hangs delays a few requests for seconds and then none', async () => {
    cluster.pause();
    await eventually(async () => {
      await Promise.all(Array.from({ length: 5 }, () => login()));
      expect(await stateOf('postgres')).toBe('open');
    });
    const since = performance.now();
    expect((await login()).status).toBe(503);
    expect(performance.now() - since).toBeLessThan(AT_ONCE_MS);
    await expectResumed();
    cluster.resume();
    await eventually(async () => expect((await login()).status).toBe(200));
  });
});

/** `open`, or the status of the refusal. */
function dial(url: string): Promise<string> {
  const socket = new WebSocket(url, ['holdfast.v1']);
  return new Promise((resolve) => {
    socket.once('open', () => {
      socket.terminate();
      resolve('open');
    });
    socket.once('unexpected-response', (_, response) => {
      resolve(String(response.statusCode));
      socket.terminate();
    });
    socket.on('error', () => undefined);
  });
}
