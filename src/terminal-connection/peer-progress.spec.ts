import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { eventually } from '../../test/support/eventually';
import { PeerProgress } from './peer-progress';

const MIB = 1024 * 1024;

let server: net.Server;
let client: net.Socket;
let socket: net.Socket;

beforeEach(async () => {
  server = net.createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  client = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
  const accepted = once(server, 'connection') as Promise<[net.Socket]>;
  client.pause();
  [socket] = await accepted;
});
afterEach(() => {
  client.destroy();
  socket.destroy();
  server.close();
});

it('is idle while nothing waits, also after something was sent', async () => {
  const progress = new PeerProgress(socket);
  expect(progress.look()).toBe('idle');
  await new Promise((resolve) => socket.write('hello', resolve));
  expect([progress.look(), progress.look()]).toEqual(['idle', 'idle']);
});

it('tells a peer that reads nothing from one that reads a little, even of one large write', async () => {
  const progress = new PeerProgress(socket);
  socket.write(Buffer.alloc(32 * MIB));
  await eventually(() => {
    progress.look();
    expect(progress.look()).toBe('stuck');
  });
  let read = 0;
  client.on('data', (chunk: Buffer) => {
    read += chunk.length;
    if (read > 8 * MIB) client.pause();
  });
  client.resume();
  await eventually(() => expect(progress.look()).toBe('moving'));
  await eventually(() => {
    progress.look();
    expect(progress.look()).toBe('stuck');
  });
});
