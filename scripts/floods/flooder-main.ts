/** The attacker, in a process of its own: flooder-main NAME TARGET. Goes on until it is killed. */
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { FrameType, encodeFrame } from '@holdfast/protocol';
import { clientFrame, Opcode, RawPeer } from '../../test/support/raw-peer';
import { WireClient } from '../../test/support/wire-client';
import { type FloodName, type FloodTarget, isFlood } from './flood';

/** Written at once; less than one packet of the loopback interface. */
const BATCH = 512;
const INPUT_PIECE = Buffer.alloc(60 * 1024, 'x');
/** Before somebody who was refused tries again. */
const RETRY_MS = 50;

const [, , name = '', target = '{}'] = process.argv;
const { baseUrl, http: port, terminal, token } = JSON.parse(target) as FloodTarget;
const authorization = `Bearer ${token}`;

function times(count: number, work: () => Promise<unknown>): void {
  const forever = async (): Promise<void> => {
    for (;;) await work().catch(() => sleep(RETRY_MS));
  };
  for (let i = 0; i < count; i++) void forever();
}

/** Writes the same bytes until the peer is closed. */
async function pour(bytes: Buffer): Promise<void> {
  const peer = await RawPeer.upgrade(terminal, token);
  while (!peer.ended) {
    if (!peer.socket.writableNeedDrain) peer.send(bytes);
    await sleep(1);
  }
}

function repeated(frame: () => Buffer): Buffer {
  return Buffer.concat(Array.from({ length: BATCH }, frame));
}

async function openTerminal(): Promise<WireClient> {
  const client = await WireClient.connect(`ws://127.0.0.1:${terminal}/`, token);
  await client.open({ channel: 1, projectId: 'of-the-flooder' });
  return client;
}

async function typeForEver(): Promise<void> {
  const client = await openTerminal();
  client.type(1, 'stty raw -echo; exec cat > /dev/null\n');
  await sleep(RETRY_MS);
  for (;;) {
    client.type(1, INPUT_PIECE);
    while (client.socket.bufferedAmount > INPUT_PIECE.length) await sleep(1);
  }
}

async function yes(isRead: boolean): Promise<void> {
  const client = await openTerminal();
  client.type(1, 'yes\n');
  if (!isRead) client.socket.pause();
  await client.until(() => client.closed !== undefined, 'the end', 3_600_000);
}

function request(method: string, path: string, body?: string, headers: Record<string, string> = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = http.request(`${baseUrl}${path}`, { method, headers }, (response) => {
      response.resume();
      response.once('close', resolve);
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

const json = { 'content-type': 'application/json' };
const STARTS: Readonly<Record<FloodName, () => void>> = {
  events: () => {
    const event = '{"event":"visibility","data":{"channel":1,"visible":true}}';
    times(20, () => pour(repeated(() => clientFrame(Opcode.text, event))));
  },
  frames: () => times(20, () => pour(repeated(() => clientFrame(Opcode.binary, encodeFrame(FrameType.ack, 1, 0))))),
  input: () => times(5, typeForEver),
  pings: () => times(20, () => pour(repeated(() => clientFrame(Opcode.ping, 'flood')))),
  output: () => times(4, () => yes(true)),
  unread: () => times(4, () => yes(false)),
  requests: () => times(50, () => request('GET', '/api/sessions', undefined, { authorization })),
  pipelines: () =>
    times(10, async () => {
      const peer = await RawPeer.connect(port);
      peer.send(
        `GET /api/sessions HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: ${authorization}\r\n\r\n`.repeat(2_000),
      );
      await peer.over();
    }),
  logins: () => {
    const body = JSON.stringify({ email: 'nobody@holdfast.local', password: 'a wrong password' });
    times(20, () => request('POST', '/api/auth/login', body, json));
  },
  upgrades: () =>
    times(50, () =>
      request('GET', '/ws/terminal?ticket=unknown', undefined, {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
        'sec-websocket-protocol': 'holdfast.v1',
      }),
    ),
};

if (!isFlood(name)) throw new Error(`there is no flood ${name}`);
STARTS[name]();
