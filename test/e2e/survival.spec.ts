import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { Api } from '../support/api';
import { eventually } from '../support/eventually';
import { isAlive, kill } from '../support/pty-host';
import { TestRedis } from '../support/redis';
import { ShiftedClock } from '../support/shifted-clock';
import { TestServer } from '../support/server';
import { TestCluster } from '../support/test-cluster';
import { WireClient } from '../support/wire-client';

/** What is there beside the bytes, after whatever happened: docs/reliability.md names these tests. */

const PATIENCE_MS = 90_000;

interface Record {
  readonly id: string;
  readonly status: string;
  readonly title: string;
  readonly createdAt: string;
  readonly endReason?: string | null;
}

/** A terminal that said something, called itself something and is searched for, and the login of its user. */
interface Witness {
  readonly api: Api;
  readonly sessionId: string;
  readonly shellPid: number;
  readonly line: string;
  readonly title: string;
  readonly createdAt: string;
}

const isRoot = process.getuid?.() === 0;
const noClock = ShiftedClock.unavailable();
/** A disk of its own for the PTY host, so that it can be full. */
const DISK = '64m';

let clock: ShiftedClock | undefined;
let redis: TestRedis;
let postgres: TestCluster;
let server: TestServer;
let witness: Witness;

beforeAll(async () => {
  redis = await TestRedis.start();
  postgres = await TestCluster.start({ synchronous_commit: 'on' });
  clock = noClock === undefined ? new ShiftedClock() : undefined;
  // A login outlasts a jump of the clock by an hour.
  const env = { DATABASE_URL: postgres.url(), REDIS_URL: redis.url, ACCESS_TOKEN_TTL_SECONDS: '7200', ...clock?.env };
  server = await TestServer.start(env, { supervised: true, prepare: mountDisk });
}, 3 * PATIENCE_MS);
beforeEach(async () => {
  witness = await makeWitness();
}, PATIENCE_MS);
afterAll(async () => {
  await server?.stop();
  clock?.stop();
  await postgres?.stop();
  await redis?.stop();
}, PATIENCE_MS);

function mountDisk(dataDir: string): () => void {
  if (!isRoot) return () => undefined;
  const directory = path.join(dataDir, 'host');
  fs.mkdirSync(directory, { mode: 0o700 });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK},mode=0700`, 'tmpfs', directory]);
  return () => execFileSync('umount', [directory]);
}

/** Takes all the room there is; returns how to give it back. */
function fillDisk(): () => void {
  const file = path.join(server.dataDir, 'host', 'ballast');
  const piece = Buffer.alloc(64 * 1024);
  const fd = fs.openSync(file, 'w');
  try {
    for (;;) fs.writeSync(fd, piece);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    fs.closeSync(fd);
  }
  return () => fs.rmSync(file);
}

async function makeWitness(): Promise<Witness> {
  const api = await Api.login(server);
  const client = await WireClient.connect(server.terminalUrl, api.token);
  const { sessionId } = await client.open({ channel: 1 });
  client.type(1, 'PS1=; stty -echo; printf "\\e]0;witness $$\\a"; echo "I am $$."\n');
  const said = await client.outputContains(1, 'I am ');
  await client.outputContains(1, '.\r\n');
  const shellPid = Number(/I am (\d+)\./.exec(client.output(1).toString('latin1'))?.[1]);
  if (!shellPid) throw new Error(`the shell said ${String(said)}`);
  client.terminate();
  const line = `I am ${shellPid}.`;
  const title = `witness ${shellPid}`;
  const created = await eventually(async () => {
    const shown = await recordOf(api, sessionId);
    if (shown.title !== title) throw new Error(`the record has the title ${shown.title}`);
    return shown;
  }, PATIENCE_MS);
  const made = { api, sessionId, shellPid, line, title, createdAt: created.createdAt };
  await isFound(made);
  return made;
}

async function recordOf(api: Api, sessionId: string): Promise<Record> {
  const { status, body } = await api.request<Record>('GET', `/api/sessions/${sessionId}`);
  if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
  return body;
}

async function isFound({ api, sessionId, line }: Witness): Promise<void> {
  await eventually(async () => {
    const { status, body } = await api.request<{ items: { line: string }[] }>(
      'GET',
      `/api/sessions/search?q=${encodeURIComponent(line)}&sessionId=${sessionId}`,
    );
    if (status !== 200 || body.items.length !== 1) throw new Error(`${status} ${JSON.stringify(body)}`);
  }, PATIENCE_MS);
}

/** Both halves of a login, without a password. */
async function isLoggedIn({ api }: Witness): Promise<void> {
  await eventually(async () => {
    expect((await api.request('GET', '/api/auth/me')).status).toBe(200);
  }, PATIENCE_MS);
  const { status } = await api.request('POST', '/api/auth/refresh', { refreshToken: api.refreshToken });
  expect(status).toBe(200);
}

async function showsItsScreen({ api, sessionId, line, title }: Witness): Promise<WireClient> {
  const client = await WireClient.connect(server.terminalUrl, api.token);
  const opened = await client.open({ channel: 1, sessionId });
  expect(opened).toMatchObject({ title });
  await client.until(() => client.snapshots(1).length === 1, 'the screen');
  expect(client.snapshots(1)[0]?.bytes.toString('latin1')).toContain(line);
  return client;
}

/** Process, screen, title, record, what can be searched, login. */
async function isAllThere(): Promise<void> {
  expect(isAlive(witness.shellPid)).toBe(true);
  const client = await eventually(() => showsItsScreen(witness), PATIENCE_MS);
  client.type(1, 'echo "still $$"\n');
  await client.outputContains(1, `still ${witness.shellPid}`);
  client.terminate();
  await isRecorded({ status: 'running' });
  await isFound(witness);
  await isLoggedIn(witness);
}

async function isRecorded(state: Partial<Record>): Promise<void> {
  const { api, sessionId, title, createdAt } = witness;
  await eventually(async () => {
    expect(await recordOf(api, sessionId)).toMatchObject({ id: sessionId, title, createdAt, ...state });
  }, PATIENCE_MS);
}

/** The process is gone; everything that was written down is there, and says so. */
async function isRemembered(): Promise<void> {
  await eventually(() => expect(isAlive(witness.shellPid)).toBe(false), PATIENCE_MS);
  await isRecorded({ status: 'ended', endReason: 'host-lost' });
  const output = await witness.api.fetch('GET', `/api/sessions/${witness.sessionId}/output`);
  expect(await output.text()).toContain(witness.line);
  await isFound(witness);
  await isLoggedIn(witness);
}

function loseHost(): void {
  const { keeperPid, brokerPid } = server;
  kill(keeperPid, 'SIGKILL');
  kill(brokerPid, 'SIGKILL');
}

async function newBroker(before: number): Promise<void> {
  await eventually(() => expect(server.brokerPid).not.toBe(before), PATIENCE_MS);
}

it.each([
  { title: 'everything is there after a dropped connection', hurt: async () => undefined },
  {
    title: 'everything is there on another device, after a login there',
    hurt: async () => {
      witness = { ...witness, api: await Api.login(server) };
    },
  },
  {
    title: 'everything is there after the gateway was killed',
    hurt: async () => {
      await server.gateways.settled();
      server.gateways.kill();
    },
  },
  { title: 'everything is there after a rolling restart', hurt: () => server.gateways.roll() },
  {
    title: 'everything is there after the broker was killed',
    hurt: async () => {
      const { brokerPid } = server;
      process.kill(brokerPid, 'SIGKILL');
      await newBroker(brokerPid);
    },
  },
  {
    title: 'everything is there after the broker was upgraded',
    hurt: async () => {
      const { brokerPid } = server;
      process.kill(server.keeperPid, 'SIGUSR2');
      await newBroker(brokerPid);
    },
  },
  {
    title: 'everything is there after Redis was killed and came back',
    hurt: async () => {
      await redis.kill();
      await redis.run();
    },
  },
  {
    title: 'everything is there after PostgreSQL was away and came back',
    hurt: async () => {
      await postgres.goAway();
      await postgres.comeBack();
    },
  },
])(
  '$title',
  async ({ hurt }) => {
    await hurt();
    await isAllThere();
  },
  4 * PATIENCE_MS,
);

it('what was acknowledged before a reload was typed, once', async () => {
  const { api, sessionId } = witness;
  const page = await WireClient.connect(server.terminalUrl, api.token);
  const { inputOffset } = await page.open({ channel: 1, sessionId });
  const typed = 'count=$((count + 1)); echo "count $count"\n';
  page.type(1, typed);
  await page.until(() => page.inputAcked(1) === inputOffset + typed.length, 'the acknowledgement');
  page.terminate();
  const next = await WireClient.connect(server.terminalUrl, api.token);
  await next.open({ channel: 1, sessionId });
  next.type(1, 'echo "in all $count"\n');
  await next.outputContains(1, 'in all 1\r\n');
  next.terminate();
});

it(
  'everything is there while the gateway hangs',
  async () => {
    await server.gateways.settled();
    const pid = server.gateways.kill('SIGSTOP');
    try {
      await isAllThere();
    } finally {
      kill(pid, 'SIGCONT');
    }
  },
  4 * PATIENCE_MS,
);

(isRoot ? it : it.skip)(
  'everything is there while the disk is full',
  async () => {
    const giveBack = fillDisk();
    try {
      await isAllThere();
    } finally {
      giveBack();
    }
  },
  4 * PATIENCE_MS,
);

(noClock === undefined ? it : it.skip)(
  'everything is there after the clock jumped by an hour',
  async () => {
    for (const seconds of [3_600, -3_600, 0]) {
      clock?.shift(seconds);
      await isAllThere();
    }
  },
  4 * PATIENCE_MS,
);

it(
  'a terminal works and shows its screen while PostgreSQL and Redis are away',
  async () => {
    await redis.kill();
    await postgres.goAway();
    try {
      expect(isAlive(witness.shellPid)).toBe(true);
      const client = await eventually(() => showsItsScreen(witness), PATIENCE_MS);
      client.terminate();
      const login = await witness.api.request('POST', '/api/auth/login', server.admin);
      expect(login.status).toBe(503);
      expect(login.body).toMatchObject({ code: 'database_unavailable' });
    } finally {
      await postgres.comeBack();
      await redis.run();
    }
    await isAllThere();
  },
  4 * PATIENCE_MS,
);

it(
  'a terminal goes on when the keeper was killed, and its record, title and text with it',
  async () => {
    const { keeperPid } = server;
    process.kill(keeperPid, 'SIGKILL');
    await isAllThere();
    // For the tests that follow: the host ends with its last terminal, and another one comes.
    loseHost();
    await eventually(() => expect(server.keeperPid).not.toBe(keeperPid), PATIENCE_MS);
  },
  4 * PATIENCE_MS,
);

it(
  'all that was written down is there after the PTY host was killed, and the record says that the process is gone',
  async () => {
    loseHost();
    await isRemembered();
  },
  4 * PATIENCE_MS,
);

it(
  'all that was written down is there after every process of the machine was killed',
  async () => {
    await server.kill();
    loseHost();
    await redis.kill();
    await postgres.goAway();
    await postgres.comeBack();
    await redis.run();
    await server.run();
    await isRemembered();
  },
  4 * PATIENCE_MS,
);
