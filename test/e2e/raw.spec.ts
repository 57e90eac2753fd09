import { AttachAddon } from '@xterm/addon-attach';
import { Terminal as Emulator } from '@xterm/headless';
import { WebSocket } from 'ws';
import { Api } from '../support/api';
import { eventually } from '../support/eventually';
import { TestServer } from '../support/server';

let server: TestServer;
let api: Api;

beforeAll(async () => {
  server = await TestServer.start();
  api = await Api.login(server);
});
afterAll(() => server.stop());

/** A command-line client: messages in, messages out, nothing else. */
class PlainClient {
  output = '';
  closed: number | undefined;
  readonly socket: WebSocket;

  constructor(url: string) {
    this.socket = new WebSocket(url, 'holdfast.raw.v1', { headers: { authorization: `Bearer ${api.token}` } });
    this.socket.on('message', (data: Buffer) => (this.output += data.toString()));
    this.socket.on('close', (code) => (this.closed = code));
    this.socket.on('error', () => undefined);
  }

  contains(text: string): Promise<void> {
    return eventually(() => {
      if (!this.output.includes(text))
        throw new Error(`no ${text} in ${JSON.stringify(this.output.slice(-500))}; closed ${this.closed}`);
    });
  }
}

it('carries one terminal as plain bytes, and takes text and binary as input', async () => {
  const client = new PlainClient(`${server.terminalUrl}?project=default&cols=90&rows=20`);
  client.socket.once('open', () => client.socket.send('stty size\n'));
  await client.contains('20 90');
  client.socket.send(Buffer.from('echo bin""ary\n'));
  await client.contains('binary');
  client.socket.send('exit\n');
  await eventually(() => expect(client.closed).toBe(1000));
});

it('starts with the screen of an existing session, and is resized over REST', async () => {
  const session = `session_${Date.now()}_rawrawrawrawrawr`;
  const first = new PlainClient(`${server.terminalUrl}?project=default&session=${session}`);
  first.socket.once('open', () => first.socket.send('echo remem""bered\n'));
  await first.contains('remembered');
  first.socket.close(1000);

  const second = new PlainClient(`${server.terminalUrl}?project=default&session=${session}`);
  await second.contains('remembered');
  expect(second.output.startsWith('\x1bc')).toBe(true);
  expect((await api.request('PUT', `/api/sessions/${session}/size`, { cols: 77, rows: 33 })).status).toBe(204);
  second.socket.send('stty size\n');
  await second.contains('33 77');
  second.socket.close(1000);
});

it('delivers a flood completely although there are no acknowledgements', async () => {
  const client = new PlainClient(`${server.terminalUrl}?project=default`);
  client.socket.once('open', () => client.socket.send('PS1=; stty -echo; echo be""gin; seq 1 200000; exit\n'));
  await eventually(() => expect(client.closed).toBe(1000), 60_000);
  const numbers = client.output
    .slice(client.output.lastIndexOf('begin\r\n') + 7)
    .split('\r\n')
    .filter((line) => /^\d+$/.test(line));
  expect(numbers).toHaveLength(200_000);
  expect(numbers.at(-1)).toBe('200000');
});

it('closes with 4000 for a bad session id', async () => {
  const bad = new PlainClient(`${server.terminalUrl}?session=..%2f..`);
  await eventually(() => expect(bad.closed).toBe(4000));
});

it('works with xterm.js’s own AttachAddon', async () => {
  const socket = new WebSocket(`${server.terminalUrl}?project=default`, 'holdfast.raw.v1', {
    headers: { authorization: `Bearer ${api.token}` },
  });
  const emulator = new Emulator({ cols: 80, rows: 24, allowProposedApi: true });
  // The addon is written for browsers: their terminal and socket have the same methods as these two, and a global constant.
  Object.assign(globalThis, { WebSocket });
  emulator.loadAddon(new AttachAddon(socket as never));
  await new Promise((resolve) => socket.once('open', resolve));
  emulator.input('echo att""ached; exit\r');
  await new Promise((resolve) => socket.once('close', resolve));
  const line = (row: number) => emulator.buffer.active.getLine(row)?.translateToString(true);
  // The emulator parses in its own time.
  await eventually(() => expect(Array.from({ length: 24 }, (_, row) => line(row))).toContain('attached'));
  emulator.dispose();
});
