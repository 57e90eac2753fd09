import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { decodeFrame } from '@holdfast/protocol';
import { WebSocket, WebSocketServer } from 'ws';
import { encodeHostFrame, HostFrameType, MAX_OUTPUT_PAYLOAD } from '../pty-host/wire/host-frames';
import { WebSocketOutput } from './websocket-output';

let server: WebSocketServer;
let client: WebSocket;
let output: WebSocketOutput;

beforeAll(async () => {
  server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  await once(server, 'listening');
  client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, { perMessageDeflate: false });
  const [accepted] = (await once(server, 'connection')) as [WebSocket];
  output = new WebSocketOutput(accepted);
  if (client.readyState !== client.OPEN) await once(client, 'open');
});
afterAll(() => {
  client.terminate();
  server.close();
});

async function received(send: () => void): Promise<Buffer> {
  const message = once(client, 'message') as Promise<[Buffer, boolean]>;
  send();
  const [data, isBinary] = await message;
  expect(isBinary).toBe(true);
  return data;
}

// Around the lengths at which the header of a WebSocket frame changes, and the largest output there is.
it.each([0, 1, 112, 113, 125, 126, 127, 255, 256, 4095, MAX_OUTPUT_PAYLOAD])(
  'sends %d bytes as one frame that a client understands',
  async (length) => {
    const payload = Buffer.alloc(length, 'x');
    const data = await received(() => output.sendFrame(encodeHostFrame(HostFrameType.data, 99, 2 ** 40, payload), 7));
    expect(decodeFrame(data)).toEqual({ type: 1, channel: 7, offset: 2 ** 40, payload });
  },
);

it.each([1, 125, 126, MAX_OUTPUT_PAYLOAD])('sends %d plain bytes without a header of ours', async (length) => {
  const payload = Buffer.alloc(length, 'y');
  const data = await received(() => output.sendPayload(encodeHostFrame(HostFrameType.data, 99, 0, payload)));
  expect(data.equals(payload)).toBe(true);
});
