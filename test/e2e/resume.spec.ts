import { createHash } from 'node:crypto';
import { Api } from '../support/api';
import { eventually } from '../support/eventually';
import { kill } from '../support/pty-host';
import { TestServer } from '../support/server';
import { WireClient } from '../support/wire-client';
import { Workload } from '../support/workload';

/** More on a quiet machine: HOLDFAST_FAULTS=100 npm test -- resume. Many more of each kind: npm run chaos. */
const FAULTS = Number(process.env['HOLDFAST_FAULTS'] ?? 6);
const EXACT_RUNS = 2 * FAULTS;
const CUTS = 3 * FAULTS;

let server: TestServer;
let token: string;

beforeAll(async () => {
  // The login has to outlast every restart in this suite.
  server = await TestServer.start({ ACCESS_TOKEN_TTL_SECONDS: '3600' });
  token = (await Api.login(server)).token;
});
afterEach(() => Workload.closeAll());
afterAll(() => server.stop());

function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function sequence(last: number): string {
  let text = '';
  for (let i = 1; i <= last; i++) text += `${i}\n`;
  return text;
}

describe('output', () => {
  const expected = sha256(sequence(200_000).replaceAll('\n', '\r\n'));

  it.each([
    ['a reader that keeps up', true],
    ['a slow reader', false],
  ])(
    'is byte-exact for %s',
    async (_, keepsUp) => {
      const client = await WireClient.connect(server.terminalUrl, token);
      for (let run = 0; run < EXACT_RUNS; run++) {
        await client.open({ channel: run });
        client.setAutoAck(run, keepsUp);
        client.type(run, 'PS1=; stty -echo; echo "be""gin"; seq 1 200000; exit\n');
        await client.outputContains(run, 'begin\r\n');
        // Half a window at a time, each only when the one before was taken.
        while (!keepsUp && !client.events.some(({ event, data }) => event === 'exited' && data.channel === run)) {
          const before = client.nextOffset(run);
          client.acknowledge(run, before);
          await client.until(
            () =>
              client.nextOffset(run) > before ||
              client.events.some(({ event, data }) => event === 'exited' && data.channel === run),
            'more output',
          );
        }
        await client.event('exited', ({ channel }) => channel === run);
        const output = client.output(run).toString('latin1');
        const body = output.slice(
          output.indexOf('begin\r\n') + 'begin\r\n'.length,
          output.indexOf('\r\n200000\r\n') + '\r\n200000\r\n'.length,
        );
        expect(sha256(body)).toBe(expected);
      }
      await client.close();
    },
    300_000,
  );
});

describe('faults', () => {
  it('types everything exactly once over cut connections', async () => {
    const load = await Workload.start(server, token, 'cuts');
    for (let cut = 0; cut < CUTS; cut++) {
      load.type(20);
      load.cut();
      load.type(20);
      await load.confirmed();
    }
    await load.verify();
  }, 300_000);

  it(`goes on byte-exactly after ${FAULTS} SIGKILLs of the gateway`, async () => {
    const load = await Workload.start(server, token, 'gateway');
    for (let kill = 0; kill < FAULTS; kill++) {
      load.type(10);
      await load.moreOutput();
      await server.kill();
      load.type(10);
      await server.run();
      await load.confirmed();
    }
    await load.verify();
  }, 600_000);

  it(`goes on byte-exactly after ${FAULTS} SIGKILLs of the broker`, async () => {
    const load = await Workload.start(server, token, 'broker');
    for (let kill = 0; kill < FAULTS; kill++) {
      load.type(10);
      await load.moreOutput();
      process.kill(server.brokerPid, 'SIGKILL');
      load.type(10);
      await load.confirmed();
    }
    await load.verify();
  }, 600_000);

  it('does not even make the client reconnect when the broker is upgraded', async () => {
    const load = await Workload.start(server, token, 'upgrade');
    load.type(10);
    await load.confirmed();
    const before = server.brokerPid;
    process.kill(server.keeperPid, 'SIGUSR2');
    await eventually(() => expect(server.brokerPid).not.toBe(before));
    await load.moreOutput();
    load.type(10);
    await load.verify();
    expect(load.reconnects).toBe(0);
  });
});

it('leaves no trace of a session that could not be started, and is not ready without a keeper', async () => {
  const lonely = await TestServer.start();
  const admin = await Api.login(lonely);
  const client = await WireClient.connect(lonely.terminalUrl, admin.token);
  await client.open({ channel: 1 });
  const { keeperPid, brokerPid } = lonely;
  process.kill(keeperPid, 'SIGKILL');
  await eventually(async () => expect((await fetch(`${lonely.baseUrl}/health/ready`)).status).toBe(503));
  expect(await client.tryOpen({ channel: 2 })).toMatchObject({ event: 'error', data: { code: 'host_unavailable' } });
  const { body } = await admin.request<{ items: unknown[] }>('GET', '/api/sessions');
  expect(body.items).toHaveLength(1);
  // The terminal that was there before does not notice.
  client.type(1, 'echo still-""here\n');
  await client.outputContains(1, 'still-here');
  client.type(1, 'exit\n');
  await client.event('exited');
  // Without a keeper it ends with its last terminal, perhaps before this.
  kill(brokerPid, 'SIGKILL');
  await lonely.stop();
});
