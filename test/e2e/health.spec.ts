import { PtyHostHealth } from '../../src/health/pty-host-health';
import { ServerPhase } from '../../src/health/server-phase';
import { migrate } from '../../src/infrastructure/database/migrate';
import { eventually } from '../support/eventually';
import { RestApplication } from '../support/rest-application';
import { TestCluster } from '../support/test-cluster';

/** Not loopback, as far as the server can tell. */
const FROM_ELSEWHERE = { 'x-forwarded-for': '203.0.113.9' };
const METRICS_TOKEN = 'a-token-for-metrics';

class FakePtyHost extends PtyHostHealth {
  up = true;

  async check() {
    return { up: this.up, details: { incarnation: 1 } };
  }
}

describe('Health', () => {
  const ptyHost = new FakePtyHost();
  let server: RestApplication;

  beforeAll(async () => {
    server = await RestApplication.start({ env: { METRICS_TOKEN }, ptyHost });
  });

  afterAll(() => server?.stop());

  it('says what is up to operators, and only whether to everybody else', async () => {
    const here = await server.client().get('/health/ready');
    expect(here).toMatchObject({
      status: 200,
      body: {
        status: 'ok',
        checks: {
          database: { status: 'up' },
          cache: { status: 'up', kind: 'memory' },
          ptyHost: { status: 'up', incarnation: 1 },
        },
      },
    });
    const elsewhere = await server.client().get('/health', FROM_ELSEWHERE);
    expect(elsewhere).toMatchObject({ status: 200, body: { status: 'ok' } });
    expect(Object.keys(elsewhere.body)).toEqual(['status']);
    expect((await server.client(await server.login()).get('/health', FROM_ELSEWHERE)).body).toHaveProperty('checks');
    const withToken = server.client({ accessToken: METRICS_TOKEN });
    expect((await withToken.get('/health', FROM_ELSEWHERE)).body).toHaveProperty('checks');
  });

  it.each(['/metrics', '/stats/sessions', '/stats/circuit-breaker'])('%s is for operators', async (path) => {
    expect((await server.client().get(path)).status).toBe(200);
    expect((await server.client().get(path, FROM_ELSEWHERE)).body).toMatchObject({ code: 'forbidden' });
    const user = await server.loginAs(`user-of${path.replaceAll('/', '-')}@test.local`);
    expect((await server.client(user).get(path, FROM_ELSEWHERE)).status).toBe(403);
    expect((await server.client({ accessToken: METRICS_TOKEN }).get(path, FROM_ELSEWHERE)).status).toBe(200);
    expect((await server.client({ accessToken: 'another-token' }).get(path, FROM_ELSEWHERE)).status).toBe(403);
  });

  it('counts requests by route, without a label for each path somebody tries', async () => {
    await server.client().get('/api/projects/one');
    await server.client().get('/nothing/here');
    const { body } = await server.client().get<string>('/metrics');
    expect(body).toContain('route="/api/projects/:id"');
    expect(body).toContain('process_cpu_seconds_total');
    expect(body).not.toContain('/nothing/here');
  });

  it('is not ready while the PTY host is down, but lives', async () => {
    ptyHost.up = false;
    const down = await eventually(async () => {
      const answer = await server.client().get('/health/ready');
      expect(answer.status).toBe(503);
      return answer;
    });
    expect(down.headers.get('retry-after')).toBe('2');
    expect(down.body).toMatchObject({ status: 'error', checks: { ptyHost: { status: 'down' } } });
    expect((await server.client().get('/health/live')).status).toBe(200);
    ptyHost.up = true;
    await eventually(async () => expect((await server.client().get('/health/ready')).status).toBe(200));
  });

  it('answers probes under any address, and nothing else', async () => {
    const asPod = { host: '10.1.2.3:4110' };
    const { default: http } = await import('node:http');
    const statusOf = (path: string, headers: Record<string, string>) =>
      new Promise((resolve, reject) => {
        http
          .get(`${server.url}${path}`, { headers }, (answer) => resolve(answer.resume().statusCode))
          .on('error', reject);
      });
    expect(await statusOf('/health/live', asPod)).toBe(200);
    expect(await statusOf('/health/live', { host: 'evil.example' })).toBe(421);
    expect(await statusOf('/api/auth/me', asPod)).toBe(421);
    expect(await statusOf('/api/auth/me', { host: 'localhost:1' })).toBe(401);
  });

  it('is not ready any more while it drains', async () => {
    server.app.get(ServerPhase).advance('draining');
    expect(await server.client().get('/health/ready')).toMatchObject({ status: 503, body: { status: 'draining' } });
    expect((await server.client().get('/health/live')).status).toBe(200);
    expect((await server.client().get('/health/startup')).status).toBe(200);
  });
});

describe('Health without a database', () => {
  it('is not ready, answers 503 to what needs the truth, and recovers by itself', async () => {
    const cluster = await TestCluster.start();
    await migrate(cluster.url());
    const server = await RestApplication.start({ env: { DATABASE_URL: cluster.url() } });
    const admin = await server.login();
    cluster.pause();
    await eventually(async () => {
      expect(await server.client().get('/health/ready')).toMatchObject({
        status: 503,
        body: { checks: { database: { status: 'down' } } },
      });
    });
    expect((await server.client().get('/health/live')).status).toBe(200);
    cluster.resume();
    cluster.crash();
    await eventually(async () => {
      expect((await server.client(admin).get('/api/projects')).status).toBe(200);
      expect((await server.client().get('/health/ready')).status).toBe(200);
    });
    await server.stop();
    await cluster.stop();
  });

  it('says database_unavailable with Retry-After when PostgreSQL is gone', async () => {
    const cluster = await TestCluster.start();
    await migrate(cluster.url());
    const server = await RestApplication.start({ env: { DATABASE_URL: cluster.url() } });
    const admin = await server.login();
    await cluster.stop();
    await eventually(async () => {
      const { status, body, headers } = await server.client(admin).get('/api/projects');
      expect({ status, code: body.code, retryAfter: headers.get('retry-after') }).toEqual({
        status: 503,
        code: 'database_unavailable',
        retryAfter: '2',
      });
    });
    await server.stop();
  });
});
