import { once } from 'node:events';
import net from 'node:net';
import type { PoolClient } from 'pg';
import { DataSource } from 'typeorm';
import { WebSocket } from 'ws';
import { dataSourceOptions } from '../../config/data-source';
import { CircuitBreaker } from '../../src/circuit-breaker/circuit-breaker';
import { guardedDriver } from '../../src/infrastructure/database/guarded-pool';
import { SchemaGate } from '../../src/infrastructure/database/schema-gate';
import { Api } from '../support/api';
import { createTestDatabase } from '../support/database';
import { eventually } from '../support/eventually';
import { FakeClock } from '../support/fake-clock';
import { TestServer } from '../support/server';
import { WireClient } from '../support/wire-client';

const PASSWORD = 'a password of hers';

interface Breakers {
  readonly items: readonly { readonly name: string; readonly state: string; readonly failures: number }[];
}

describe('The circuit of the database', () => {
  it('counts attempts that were made, and makes none while it is open but one probe', async () => {
    let dialled = 0;
    const refusing = net.createServer((socket) => {
      dialled++;
      socket.destroy();
    });
    await once(refusing.listen(0, '127.0.0.1'), 'listening');
    const clock = new FakeClock();
    const breaker = new CircuitBreaker('postgres', { threshold: 5, windowMs: 60_000, resetTimeoutMs: 2000 }, clock);
    const { port } = refusing.address() as net.AddressInfo;
    const dataSource = new DataSource({
      ...dataSourceOptions(`postgres://u:p@127.0.0.1:${port}/d`, 5),
      driver: guardedDriver({ breaker, schema: new SchemaGate() }),
    });
    Object.assign(dataSource.driver, { version: '15.0', database: 'd', searchSchema: 'public' });
    await dataSource.initialize();
    expect(dialled).toBe(0);

    for (let i = 0; i < 5; i++) await expect(dataSource.query('SELECT 1')).rejects.toThrow();
    expect({ dialled, state: breaker.snapshot().state }).toEqual({ dialled: 5, state: 'open' });
    const refusals = await Promise.allSettled(Array.from({ length: 1000 }, () => dataSource.query('SELECT 1')));
    expect(refusals.every(({ status }) => status === 'rejected')).toBe(true);
    await expect(dataSource.transaction(() => Promise.resolve())).rejects.toMatchObject({
      code: 'database_unavailable',
      options: { retryable: true, retryAfterMs: 2000 },
    });
    expect(dialled).toBe(5);

    clock.advance(2000);
    await Promise.allSettled(Array.from({ length: 100 }, () => dataSource.query('SELECT 1')));
    expect(dialled).toBe(6);
    await dataSource.destroy();
    refusing.close();
  });
});

describe('A connection to the database', () => {
  it('may break in the moment in which it is handed out', async () => {
    const database = await createTestDatabase();
    const settings = { threshold: 5, windowMs: 60_000, resetTimeoutMs: 2000 };
    const breaker = new CircuitBreaker('postgres', settings, new FakeClock());
    const { Pool } = guardedDriver({ breaker, schema: new SchemaGate() });
    const pool = new Pool({ connectionString: database.url });
    // Those that TypeORM makes when it starts.
    for (let trial = 0; trial < 2; trial++) pool.connect(() => undefined);
    const client = (await pool.connect()) as PoolClient & { emit(event: 'error', error: Error): void };
    // The pool does not listen any more, who gets it not yet. With nobody there it would end the process.
    client.emit('error', new Error('terminating connection due to unexpected postmaster exit'));
    client.release(true);
    await pool.end();
    await database.drop();
  });
});

describe('The circuit of sessions that cannot be opened', () => {
  let server: TestServer;
  let admin: Api;
  let running: WireClient;

  beforeAll(async () => {
    server = await TestServer.start();
    admin = await Api.login(server);
    // Without its keeper the host goes on for the terminals there are, and makes no new one.
    running = await connect();
    await running.open({ channel: 1 });
    process.kill(server.keeperPid, 'SIGKILL');
    await eventually(async () => {
      const { data } = await running.tryOpen({ channel: 2 });
      expect(data['code']).toBe('host_unavailable');
    });
    for (const { name, state } of await breakers()) if (state !== 'closed' || name.includes(':')) await reset(name);
  });

  afterAll(async () => {
    running?.send('terminate', { channel: 1, signal: 'KILL' });
    await running?.event('exited');
    running?.socket.terminate();
    await server?.stop();
  });

  const connect = () => WireClient.connect(server.terminalUrl, admin.token);
  const breakers = async () => (await admin.request<Breakers>('GET', '/api/admin/circuit-breakers')).body.items;
  const ofSessions = async () => (await breakers()).find(({ name }) => name.includes(':'));
  const reset = (name: string) =>
    admin.request<Breakers['items'][0]>('POST', `/api/admin/circuit-breakers/${encodeURIComponent(name)}/reset`);

  async function fail(times: number): Promise<void> {
    const client = await connect();
    for (let i = 1; i <= times; i++) {
      const { data } = await client.tryOpen({ channel: i });
      expect(data).toMatchObject({ code: 'host_unavailable', retryAfterMs: expect.any(Number) as number });
    }
    client.socket.terminate();
  }

  it('opens after five failures, refuses at once and closes a socket that carries nothing else', async () => {
    await fail(5);
    const client = await connect();
    const { data } = await client.tryOpen({ channel: 1 });
    expect(data).toMatchObject({
      code: 'circuit_open',
      retryable: true,
      details: { circuit: expect.any(String) as string },
    });
    await client.until(() => client.closed !== undefined, 'the close');
    expect(client.closed?.code).toBe(4053);
    const hint = JSON.parse(client.closed?.reason ?? '') as { code: string; retryAfterMs: number };
    expect(hint.code).toBe('circuit_open');
    expect(hint.retryAfterMs).toBeGreaterThan(20_000);
  });

  it('refuses a plain socket before it is one', async () => {
    const socket = new WebSocket(server.terminalUrl, ['holdfast.raw.v1'], {
      headers: { authorization: `Bearer ${admin.token}` },
    });
    socket.on('error', () => undefined);
    const [, response] = (await once(socket, 'unexpected-response')) as [
      unknown,
      { statusCode: number; headers: Record<string, string> },
    ];
    expect(response.statusCode).toBe(503);
    expect(Number(response.headers['retry-after'])).toBeGreaterThan(20);
    socket.terminate();
  });

  it('is shown beside those of the four dependencies, and is no label of a metric', async () => {
    const all = await breakers();
    expect(all.slice(0, 4).map(({ name }) => name)).toEqual(['postgres', 'redis', 'pty-host', 'claude-api']);
    expect(await ofSessions()).toMatchObject({ state: 'open', failures: 5 });
    const metrics = await (await fetch(`${server.baseUrl}/metrics`)).text();
    expect(metrics).toContain('holdfast_circuit_breaker_state{name="postgres"} 0');
    expect(metrics).toContain('holdfast_circuit_breaker_transitions_total{name="session",to="open"} 1');
    expect(metrics).not.toContain((await ofSessions())?.name);
  });

  it('is closed by an administrator, and by nobody else', async () => {
    const name = (await ofSessions())?.name ?? '';
    const credentials = { email: 'alice@test.local', password: PASSWORD };
    await admin.request('POST', '/api/admin/users', credentials);
    const alice = await Api.login(server, credentials);
    expect((await alice.request('GET', '/api/admin/circuit-breakers')).status).toBe(403);
    expect((await alice.request('POST', `/api/admin/circuit-breakers/${encodeURIComponent(name)}/reset`)).status).toBe(
      403,
    );
    expect((await reset('session_1_unknown:default')).status).toBe(404);
    expect((await reset('claude-api')).body).toMatchObject({ name: 'claude-api', state: 'closed' });
    expect((await reset(name)).body).toMatchObject({ name, state: 'closed', failures: 0 });
    await fail(1);
  });

  it('is not opened by what is wrong with requests', async () => {
    const client = await connect();
    for (let channel = 1; channel <= 20; channel++) {
      expect((await client.tryOpen({ channel, sessionId: 'bad id' })).data['code']).toBe('bad_session_id');
    }
    expect((await breakers()).filter(({ state }) => state !== 'closed')).toEqual([]);
    client.socket.terminate();
  });
});
