import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { Api } from '../support/api';
import { Dialler } from '../support/dialler';
import { eventually } from '../support/eventually';
import { isAlive } from '../support/pty-host';
import { TestServer } from '../support/server';
import { Workload } from '../support/workload';

const SUPERVISOR = path.resolve(__dirname, '../../dist/src/supervisor/main.js');

describe('A supervised server', () => {
  let server: TestServer;
  let token: string;

  beforeAll(async () => {
    server = await TestServer.start({}, { supervised: true });
    token = (await Api.login(server)).token;
  });
  afterEach(() => Workload.closeAll());
  afterAll(() => server?.stop());

  it('serves on through the death of its gateway: no connection refused, no byte lost', async () => {
    const load = await Workload.start(server, token, 'killed');
    const dialler = new Dialler(`${server.baseUrl}/health/live`);
    const killed: number[] = [];
    for (let i = 0; i < 3; i++) {
      await server.gateways.settled();
      load.type(20);
      killed.push(server.gateways.kill());
      load.type(20);
      await load.confirmed();
      await load.moreOutput();
    }
    await load.verify();
    expect(new Set(killed).size).toBe(3);
    const { failures } = await dialler.stop();
    // A gateway that is killed takes along what it had accepted, nothing else.
    expect(failures.filter((code) => code !== 'ECONNRESET')).toEqual([]);
    expect(failures.length).toBeLessThanOrEqual(killed.length);
  });

  it('serves on while its gateway hangs, and has it back afterwards', async () => {
    await server.gateways.settled();
    const load = await Workload.start(server, token, 'stopped');
    const hanging = server.gateways.kill('SIGSTOP');
    load.type(20);
    await load.confirmed();
    expect(server.gateways.pids('stalled')).toEqual([hanging]);
    process.kill(hanging, 'SIGCONT');
    await load.verify();
    await eventually(() => expect(server.gateways.pids('serving')).toContain(hanging));
    process.kill(hanging, 'SIGTERM');
    await server.gateways.settled();
  });

  it('takes its gateways along when it is killed, and leaves its ports to the next one', async () => {
    await server.gateways.settled();
    const load = await Workload.start(server, token, 'orphans');
    const [pids, ports] = [server.gateways.pids(), server.endpoints];
    // One that hangs cannot end itself.
    process.kill(pids[0] ?? 0, 'SIGSTOP');
    await server.kill();
    await eventually(() => expect(pids.filter(isAlive)).toEqual([]));
    await server.run();
    expect({ ...server.endpoints, pid: 0 }).toEqual({ ...ports, pid: 0 });
    load.type(20);
    await load.verify();
  });
});

describe('A supervised start that cannot succeed', () => {
  async function start(env: Record<string, string>): Promise<{ code: number; lines: string[] }> {
    const dataDir = fs.mkdtempSync('/tmp/holdfast-start-');
    const defaults = { PORT: '0', WS_TERMINAL_PORT: '0', WS_CLAUDE_PORT: '0', DATA_DIR: dataDir, LOG_LEVEL: 'silent' };
    const child = spawn(process.execPath, [SUPERVISOR], {
      cwd: dataDir,
      env: { PATH: process.env['PATH'], DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none', ...defaults, ...env },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number];
    fs.rmSync(dataDir, { recursive: true, force: true });
    return { code, lines: output.trimEnd().split('\n') };
  }

  it.each(['127.0.0.1', '::1', 'localhost', '0.0.0.0'])(
    'says in one line that a port on %s is in use',
    async (host) => {
      const squatter = net.createServer().listen(0, host);
      await once(squatter, 'listening');
      const { port } = squatter.address() as net.AddressInfo;
      const { code, lines } = await start({ PORT: String(port), HOST: host });
      squatter.close();
      expect({ code, lines }).toEqual({
        code: 1,
        lines: [`Port ${port} on ${host} is in use; end what uses it or set PORT to another one.`],
      });
    },
  );

  it('says in one line that two ports are the same', async () => {
    const squatter = net.createServer().listen(0, '127.0.0.1');
    await once(squatter, 'listening');
    const { port } = squatter.address() as net.AddressInfo;
    await new Promise((resolve) => squatter.close(resolve));
    const { code, lines } = await start({ PORT: String(port), WS_CLAUDE_PORT: String(port) });
    expect({ code, count: lines.length }).toEqual({ code: 1, count: 1 });
    expect(lines[0]).toContain('set WS_CLAUDE_PORT to another one');
  });

  it.each([
    ['PORT', 'x', /^The configuration is not valid:/],
    ['HOST', '192.0.2.1', /^192\.0\.2\.1 is not an address of this machine/],
    ['SHELL_USER', 'nobody-of-that-name', /^SHELL_USER names "nobody-of-that-name"/],
  ])('says what is wrong with %s %s, once', async (name, value, sentence) => {
    const { code, lines } = await start({ [name]: value });
    expect(code).toBe(1);
    expect(lines[0]).toMatch(sentence);
    expect(lines.filter((line) => sentence.test(line))).toHaveLength(1);
  });
});
