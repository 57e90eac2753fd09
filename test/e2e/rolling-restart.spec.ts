import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Api } from '../support/api';
import { Dialler } from '../support/dialler';
import { eventually } from '../support/eventually';
import { ROOT } from '../support/root';
import { TestServer } from '../support/server';
import { WireClient } from '../support/wire-client';
import { Workload } from '../support/workload';

jest.setTimeout(600_000);

const ROLLS = 2;
const CLUSTER_PRIMARY = path.join(ROOT, 'test/support/programs/cluster-primary.mjs');
/** Long enough for every client to move, also on a busy machine. */
const ENV = { DRAIN_TIMEOUT_MS: '20000', ACCESS_TOKEN_TTL_SECONDS: '3600' };

/** Between attempts: the server under test needs the processor more. */
const PAUSE_MS = 20;

/** Opens WebSockets, one after the other, each to the server's first word. */
class SocketDialler {
  opened = 0;
  private stopped = false;
  private readonly run: Promise<void>;

  constructor(url: string, token: string) {
    this.run = this.dial(url, token);
    // Looked at in `stop`.
    this.run.catch(() => undefined);
  }

  /** Rejects when one was refused. */
  stop(): Promise<void> {
    this.stopped = true;
    return this.run;
  }

  private async dial(url: string, token: string): Promise<void> {
    while (!this.stopped) {
      const client = await WireClient.connect(url, token);
      await client.close();
      this.opened++;
      await sleep(PAUSE_MS);
    }
  }
}

/** Rolls while clients come, and one stays; nobody may notice. */
async function expectUnnoticed(server: TestServer, roll: () => Promise<void>): Promise<void> {
  const { token } = await Api.login(server);
  const load = await Workload.start(server, token, 'rolled');
  const dialler = new Dialler(`${server.baseUrl}/health/ready`);
  const sockets = new SocketDialler(server.terminalUrl, token);
  try {
    for (let i = 0; i < ROLLS; i++) {
      load.type(20);
      await roll();
      load.type(20);
      await load.moreOutput();
    }
    await load.verify();
  } finally {
    await sockets.stop();
  }
  expect(sockets.opened).toBeGreaterThan(0);
  expect(await dialler.stop()).toMatchObject({ failures: [] });
  // Moved at least once, and never without a connection meanwhile.
  expect(load.reconnects).toBeGreaterThan(0);
  expect(new Set(load.states)).toEqual(new Set(['online']));
}

describe('A rolling restart', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await TestServer.start(ENV, { supervised: true });
    await server.gateways.settled();
  });
  afterEach(() => Workload.closeAll());
  afterAll(() => server?.stop());

  it('is not noticed by anybody who is connected or connects', async () => {
    const before = server.gateways.pids();
    await expectUnnoticed(server, () => server.gateways.roll());
    expect(server.gateways.pids().filter((pid) => before.includes(pid))).toEqual([]);
  });

  async function restart(): Promise<{ code: number; output: string }> {
    const child = spawn(process.execPath, [path.join(ROOT, 'dist/scripts/restart.js')], {
      env: { PATH: process.env['PATH'], DATA_DIR: server.dataDir },
      cwd: ROOT,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += String(chunk)));
    const [code] = (await once(child, 'close')) as [number];
    return { code, output };
  }

  it('is what `npm run restart` does', async () => {
    await server.gateways.settled();
    const [serving] = server.gateways.pids('serving');
    const { code, output } = await restart();
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(output).toMatch(new RegExp(`^${serving} +\\d+ +replaced$`, 'm'));
    expect(output).toMatch(/^\d+ +\d+ +serving$/m);
    expect(server.gateways.pids('serving')).not.toContain(serving);
  });

  it('keeps the old gateways when the new one cannot start', async () => {
    await server.gateways.settled();
    const before = server.gateways.pids();
    // Read by every gateway that starts in this directory.
    fs.writeFileSync(path.join(server.dataDir, '.env'), 'TRUST_PROXY=nonsense\n');
    const { code, output } = await restart();
    fs.rmSync(path.join(server.dataDir, '.env'));
    expect(code).toBe(1);
    expect(output).toContain('the old ones go on: The configuration is not valid:');
    expect(server.gateways.pids()).toEqual(before);
    expect((await fetch(`${server.baseUrl}/health/ready`)).status).toBe(200);
  });

  it('says so when there is no server', async () => {
    const empty = fs.mkdtempSync('/tmp/holdfast-empty-');
    const child = spawn(process.execPath, [path.join(ROOT, 'dist/scripts/restart.js')], { env: { DATA_DIR: empty } });
    let output = '';
    child.stderr.on('data', (chunk: Buffer) => (output += String(chunk)));
    const [code] = (await once(child, 'close')) as [number];
    fs.rmSync(empty, { recursive: true });
    expect({ code, output }).toEqual({ code: 1, output: `No server runs in ${empty}.\n` });
  });
});

describe('A reload of a Node cluster', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await TestServer.start(ENV, { program: CLUSTER_PRIMARY });
  });
  afterEach(() => Workload.closeAll());
  afterAll(() => server?.stop());

  it('is not noticed by anybody who is connected or connects', async () => {
    let reloads = 0;
    await expectUnnoticed(server, async () => {
      process.kill(server.pid, 'SIGHUP');
      reloads++;
      await eventually(() => expect(server.log.match(/^reloaded$/gm) ?? []).toHaveLength(reloads), 240_000);
    });
  });
});
