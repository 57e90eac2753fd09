import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { Api } from '../support/api';
import { eventually } from '../support/eventually';
import { descriptors, residentBytes } from '../support/process-usage';
import { clientFrame, Opcode, RawPeer } from '../support/raw-peer';
import { TestRedis } from '../support/redis';
import { TestServer } from '../support/server';
import { TestCluster } from '../support/test-cluster';
import { upgrade, type UpgradeAnswer } from '../support/upgrade';
import { WireClient } from '../support/wire-client';

const MIB = 1024 * 1024;
const isRoot = process.getuid?.() === 0;

async function userOf(server: TestServer, admin: Api, name: string): Promise<Api> {
  const credentials = { email: `${name}@test.local`, password: `a password of ${name}` };
  await admin.request('POST', '/api/admin/users', credentials);
  return Api.login(server, credentials);
}

describe('A server with the limits it comes with', () => {
  let server: TestServer;
  let api: Api;

  beforeAll(async () => {
    // A fast machine opens a thousand sockets faster than one user may.
    server = await TestServer.start({ WS_HEARTBEAT_INTERVAL: '400', RATE_UPGRADES_PER_USER: '1000' });
    api = await Api.login(server);
  }, 120_000);
  afterAll(() => server?.stop());

  const connect = (): Promise<WireClient> => WireClient.connect(server.terminalUrl, api.token);

  async function expectEcho(): Promise<void> {
    const client = await connect();
    await client.open({ channel: 1 });
    client.type(1, 'echo al""ive\n');
    await client.outputContains(1, 'alive');
    client.send('terminate', { channel: 1, signal: 'KILL' });
    await client.event('exited');
    await client.close();
  }

  it('R-01: cuts those who send their headers slowly, or nothing at all, and answers others meanwhile', async () => {
    const { http, terminal } = server.endpoints;
    const slow = await Promise.all(
      Array.from({ length: 200 }, async (_, i) => {
        const peer = await RawPeer.connect(i % 2 ? http : terminal);
        if (i % 4 < 2) peer.send('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ');
        return peer;
      }),
    );
    const drip = setInterval(() => slow.forEach((peer, i) => i % 4 < 2 && !peer.ended && peer.send('x')), 200);
    try {
      // It answers faster than one address may ask.
      do expect([200, 429]).toContain((await fetch(`${server.baseUrl}/health/live`)).status);
      while (slow.some(({ ended }) => !ended));
    } finally {
      clearInterval(drip);
    }
    const answered = slow.filter(({ status }) => status === 408);
    expect(answered.length).toBeGreaterThan(0);
  });

  it('R-03: is as it was after a thousand sockets have come and gone', async () => {
    const { pid, endpoints } = server;
    const visit = async (count: number): Promise<void> => {
      const headers = { authorization: `Bearer ${api.token}` };
      const answers = await Promise.all(
        Array.from({ length: count }, () => upgrade({ port: endpoints.terminal, headers })),
      );
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([101]));
    };
    const timers = async (): Promise<number> => {
      const metrics = await (await fetch(`${server.baseUrl}/metrics`)).text();
      return Number(/^nodejs_active_resources\{type="Timeout"\} (\d+)$/m.exec(metrics)?.[1] ?? Number.NaN);
    };
    // What is loaded and cached with the first hundred stays.
    await visit(100);
    await eventually(() => expect(openSockets(server)).resolves.toBe(0));
    const before = { files: descriptors(pid), bytes: residentBytes(pid), timers: await timers() };
    for (let round = 0; round < 20; round++) await visit(50);
    await eventually(async () => {
      await expect(openSockets(server)).resolves.toBe(0);
      expect(descriptors(pid)).toBeLessThanOrEqual(before.files + 5);
      expect(await timers()).toBeLessThanOrEqual(before.timers + 10);
    });
    expect(residentBytes(pid) - before.bytes).toBeLessThan(60 * MIB);
  });

  it('R-04: pauses a program whose reader reads nothing, and cuts the reader off', async () => {
    const before = residentBytes(server.pid);
    const peer = await RawPeer.upgrade(server.endpoints.terminal, api.token);
    const writerId = '0b8f4d1e-8b1d-4f7e-9d3c-2a1b3c4d5e6f';
    const sessionId = 'session_1700000000002_neverneverneverr';
    const open = { channel: 1, projectId: 'default', sessionId, cols: 80, rows: 24, writerId };
    peer.send(clientFrame(Opcode.text, JSON.stringify({ event: 'open', data: open })));
    await peer.received('"opened"');
    peer.socket.pause();
    const input = Buffer.concat([Buffer.from([1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]), Buffer.from('yes\n')]);
    peer.send(clientFrame(Opcode.binary, input));
    // It says that it has read everything, asks for answers that it does not read either, and so seems to be alive.
    const lies = Buffer.concat(
      Array.from({ length: 512 }, (_, i) => {
        const acknowledgement = Buffer.alloc(13);
        acknowledgement.set([2, 0, 0, 0, 1]);
        acknowledgement.writeBigUInt64BE(BigInt((i + 1) * 128 * 1024), 5);
        return clientFrame(Opcode.binary, acknowledgement);
      }),
    );
    const question = clientFrame(Opcode.text, JSON.stringify({ event: 'ping', id: 'x'.repeat(128) }));
    const talk = setInterval(() => peer.socket.write(Buffer.concat([lies, question])), 100);
    try {
      await eventually(() => expect(openSockets(server)).resolves.toBe(0), 40_000);
    } finally {
      clearInterval(talk);
      peer.destroy();
    }
    expect(residentBytes(server.pid) - before).toBeLessThan(60 * MIB);
    // The program is still there, for a reader that reads.
    const client = await connect();
    await client.open({ channel: 1, sessionId });
    client.send('terminate', { channel: 1, signal: 'KILL' });
    await client.event('exited');
    await client.close();
    await expectEcho();
  });

  it('R-05: takes noise, and a line of ten megabytes, as they are', async () => {
    const client = await connect();
    await client.open({ channel: 1 });
    await client.open({ channel: 2 });
    client.type(1, 'head -c 2000000 /dev/urandom; echo; echo noise""-over\n');
    client.type(2, `head -c 10000000 /dev/zero | tr '\\0' a; echo; echo line""-over\n`);
    await client.outputContains(1, 'noise-over');
    await client.until(() => client.outputBytes(2) > 10_000_000, 'the line');
    client.type(2, 'exit\n');
    await client.event('exited', ({ channel }) => channel === 2);
    client.terminate();
    await expectEcho();
  });
});

describe('A server with tight limits', () => {
  let server: TestServer;
  let admin: Api;
  let alice: Api;
  let bob: Api;

  beforeAll(async () => {
    server = await TestServer.start({
      WS_MAX_CONNECTIONS_PER_USER: '5',
      WS_MAX_CONNECTIONS_PER_ADDRESS: '8',
      TCP_MAX_CONNECTIONS_PER_ADDRESS: '60',
    });
    admin = await Api.login(server);
    [alice, bob] = [await userOf(server, admin, 'alice'), await userOf(server, admin, 'bob')];
  }, 120_000);
  afterAll(() => server?.stop());

  const dial = ({ token }: Api): Promise<UpgradeAnswer> =>
    upgrade({ port: server.endpoints.terminal, headers: { authorization: `Bearer ${token}` }, stay: true });
  const dialAll = (who: Api, count: number): Promise<UpgradeAnswer[]> =>
    Promise.all(Array.from({ length: count }, () => dial(who)));

  it('R-02: gives a user and an address as many sockets as they may have, however many ask at once', async () => {
    const ofAlice = await dialAll(alice, 20);
    expect(ofAlice.filter(({ status }) => status === 101)).toHaveLength(5);
    const refused = ofAlice.filter(({ status }) => status !== 101);
    for (const { status, body, headers } of refused) {
      expect({ status, body }).toMatchObject({
        status: 429,
        body: { code: 'too_many_connections', details: { limit: 'WS_MAX_CONNECTIONS_PER_USER', value: 5, current: 5 } },
      });
      expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    }
    const ofBob = await dialAll(bob, 5);
    expect(ofBob.filter(({ status }) => status === 101)).toHaveLength(3);
    expect(ofBob.find(({ status }) => status === 429)?.body.details).toMatchObject({
      limit: 'WS_MAX_CONNECTIONS_PER_ADDRESS',
    });
    for (const { hangUp } of [...ofAlice, ...ofBob]) hangUp();
    await eventually(async () => {
      const again = await dialAll(alice, 5);
      for (const { hangUp } of again) hangUp();
      expect(again.every(({ status }) => status === 101)).toBe(true);
    });
  });

  it('R-02: closes the TCP connections of an address that has too many, and takes new ones when they are gone', async () => {
    const peers = await Promise.all(Array.from({ length: 80 }, () => RawPeer.connect(server.endpoints.http)));
    await eventually(() => expect(peers.filter(({ ended }) => ended).length).toBeGreaterThanOrEqual(20));
    for (const peer of peers) peer.destroy();
    await eventually(async () => {
      expect((await fetch(`${server.baseUrl}/health/live`, { headers: { connection: 'close' } })).status).toBe(200);
    });
  });
});

describe('A server without its database, its cache and room on its disk', () => {
  let cluster: TestCluster;
  let redis: TestRedis;
  let server: TestServer;
  let api: Api;
  let spool: string | undefined;

  beforeAll(async () => {
    [cluster, redis] = await Promise.all([TestCluster.start({ synchronous_commit: 'on' }), TestRedis.start()]);
    const prepare = (dataDir: string): (() => void) => {
      if (!isRoot) return () => undefined;
      spool = path.join(dataDir, 'outbox');
      fs.mkdirSync(spool, { mode: 0o700 });
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=0700', 'tmpfs', spool]);
      return () => execFileSync('umount', ['-l', spool ?? '']);
    };
    server = await TestServer.start({ DATABASE_URL: cluster.url(), REDIS_URL: redis.url }, { prepare });
    api = await Api.login(server);
  }, 120_000);
  afterAll(async () => {
    await server?.stop();
    await Promise.all([cluster?.stop(), redis?.stop()]);
  });

  it('R-15: says what it cannot do, and lets terminals go on', async () => {
    const client = await WireClient.connect(server.terminalUrl, api.token);
    const { sessionId } = await client.open({ channel: 1 });
    await Promise.all([cluster.goAway(), redis.kill()]);
    if (spool) fillUp(spool);
    client.type(1, 'echo still""-here\n');
    await client.outputContains(1, 'still-here');
    expect((await client.tryOpen({ channel: 2 })).data).toMatchObject({
      code: 'database_unavailable',
      retryable: true,
    });
    const created = await api.request('POST', '/api/projects', { name: 'never' });
    expect(created).toMatchObject({ status: 503, body: { code: 'database_unavailable' } });
    expect(Number(created.headers.get('retry-after'))).toBeGreaterThan(0);
    // What becomes of a session has to be written somewhere: in memory, while the disk is full.
    client.type(1, 'exit 7\n');
    expect(await client.event('exited')).toMatchObject({ exitCode: 7 });
    client.terminate();
    expect((await fetch(`${server.baseUrl}/health/live`)).status).toBe(200);
    expect((await fetch(`${server.baseUrl}/health/ready`)).status).toBe(503);
    await Promise.all([cluster.comeBack(), redis.run()]);
    await eventually(async () => {
      expect((await api.request('GET', `/api/sessions/${sessionId}`)).body).toMatchObject({ exitCode: 7 });
    }, 40_000);
  });
});

function fillUp(directory: string): void {
  const file = fs.openSync(path.join(directory, 'filler'), 'w');
  try {
    for (;;) fs.writeSync(file, Buffer.alloc(4096));
  } catch {
    // Full.
  } finally {
    fs.closeSync(file);
  }
}

async function openSockets(server: TestServer): Promise<number> {
  const metrics = await (await fetch(`${server.baseUrl}/metrics`)).text();
  return Number(/^holdfast_ws_connections (\d+)$/m.exec(metrics)?.[1] ?? Number.NaN);
}
