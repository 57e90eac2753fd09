import { Unicode11Addon } from '@xterm/addon-unicode11';
import { Terminal as Emulator } from '@xterm/headless';
import { Api } from '../support/api';
import { TestServer } from '../support/server';
import { WireClient } from '../support/wire-client';

const TERMINALS = 64;

let server: TestServer;
let api: Api;
let client: WireClient;

beforeAll(async () => {
  server = await TestServer.start();
  api = await Api.login(server);
});
beforeEach(async () => {
  client = await WireClient.connect(server.terminalUrl, api.token);
});
afterEach(() => client.terminate());
afterAll(() => server.stop());

it(`carries ${TERMINALS} terminals on one socket, each with its own bytes`, async () => {
  const channels = Array.from({ length: TERMINALS }, (_, channel) => channel);
  await Promise.all(channels.map((channel) => client.open({ channel })));
  for (const channel of channels)
    client.type(channel, `for i in {1..200}; do echo t${channel}-$i; done; echo "fin""ished"; exit\n`);
  await Promise.all(channels.map((number) => client.event('exited', ({ channel }) => channel === number)));
  for (const channel of channels) {
    const output = client.output(channel).toString();
    for (let i = 1; i <= 200; i++) expect(output).toContain(`t${channel}-${i}\r\n`);
    expect(output).not.toContain(`t${(channel + 1) % TERMINALS}-1\r\n`);
  }
});

it('stops a flood on Ctrl-C although the reader is slow', async () => {
  await client.open({ channel: 1 });
  client.setAutoAck(1, false);
  client.type(1, 'yes flood\n');
  await client.outputContains(1, 'flood\r\nflood');
  client.type(1, '\x03');
  client.type(1, 'echo stop""ped\n');
  while (!client.output(1).includes('stopped')) {
    const before = client.nextOffset(1);
    client.acknowledge(1, before);
    await client.until(() => client.nextOffset(1) > before, 'more output');
  }
  expect(client.outputBytes(1)).toBeLessThan(4 * 1024 * 1024);
});

it('shows the same screen after a snapshot as the direct stream, in the middle of anything', async () => {
  const { sessionId } = await client.open({ channel: 1, cols: 80, rows: 24 });
  const script = String.raw`PS1='$ '; for i in {1..400}; do printf '\e[3%dmzeile %d \e[1mfett\e[0m äöü 漢字 🎉 \e[%d;%dH*' $((i%8)) $i $((i%24+1)) $((i%70+1)); done; echo; echo; exit`;
  client.type(1, `${script}\n`);
  const viewer = await WireClient.connect(server.terminalUrl, api.token);
  // Anywhere in the stream: the server chooses the cut.
  await viewer.open({ channel: 1, sessionId, role: 'viewer' });
  await client.event('exited');
  await viewer.event('exited');

  const [snapshot] = viewer.snapshots(1);
  const direct = await screenOf([client.output(1)]);
  const resumed = await screenOf([snapshot?.bytes ?? Buffer.alloc(0), viewer.output(1)]);
  expect(resumed).toEqual(direct);
  viewer.terminate();
});

async function screenOf(pieces: readonly Buffer[]): Promise<string[]> {
  const emulator = new Emulator({ cols: 80, rows: 24, allowProposedApi: true });
  // As wide as the console and the server's mirror take characters to be.
  emulator.loadAddon(new Unicode11Addon());
  emulator.unicode.activeVersion = '11';
  for (const piece of pieces) await new Promise<void>((resolve) => emulator.write(piece, resolve));
  const { active } = emulator.buffer;
  const lines: string[] = [];
  for (let row = 0; row < 24; row++) lines.push(active.getLine(active.baseY + row)?.translateToString(true) ?? '');
  emulator.dispose();
  return [...lines, `cursor ${active.cursorX},${active.cursorY}`];
}
