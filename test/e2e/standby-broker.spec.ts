import { childrenOf, commandLine } from '../../scripts/bench/processes';
import { eventually } from '../support/eventually';
import { isAlive, TestPtyHost } from '../support/pty-host';

let host: TestPtyHost;

beforeEach(async () => {
  host = await TestPtyHost.start();
});
afterEach(() => host.stop());

/** The broker that waits, booted or about to be. */
function standby(): Promise<number> {
  return eventually(() => {
    const brokers = childrenOf(host.keeperPid).filter((pid) => commandLine(pid).includes('/broker/main.js'));
    const waiting = brokers.filter((pid) => pid !== host.brokerPid);
    if (brokers.length !== 2 || waiting.length !== 1) throw new Error(`the brokers are ${brokers.join(', ')}`);
    return waiting[0] as number;
  });
}

test('the broker that stands by takes over from one that is killed, and the next one stands by', async () => {
  const terminal = await host.attach(await host.script('echo ready; read line; echo got-$line; read'));
  await terminal.whenText('ready');
  for (let round = 0; round < 3; round++) {
    const successor = await standby();
    const before = host.brokerPid;
    process.kill(before, 'SIGKILL');
    await host.nextBroker(before);
    expect(host.brokerPid).toBe(successor);
  }
  const [session] = (await host.client.request('list', {})).sessions;
  const again = await host.attach(session as NonNullable<typeof session>);
  again.type('word\n');
  await again.whenText('got-word');
});

test('one that dies while it stands by is replaced, and nobody notices', async () => {
  const first = await standby();
  const { brokerPid } = host;
  process.kill(first, 'SIGKILL');
  await eventually(async () => expect(await standby()).not.toBe(first));
  expect(host.brokerPid).toBe(brokerPid);
});

test.each([
  ['SIGUSR2 to the keeper', () => process.kill(host.keeperPid, 'SIGUSR2')],
  ['the wish of a gateway', () => host.client.request('roll', {})],
])('an upgrade by %s serves with a process that was started for it', async (_, roll) => {
  const before = host.brokerPid;
  const old = [before, await standby()];
  await roll();
  await host.nextBroker(before);
  expect(old).not.toContain(host.brokerPid);
  await eventually(() => expect(old.filter(isAlive)).toEqual([]));
});

test('who stands by ends with the keeper', async () => {
  const waiting = await standby();
  process.kill(host.keeperPid, 'SIGKILL');
  await eventually(() => expect(isAlive(waiting)).toBe(false));
});
