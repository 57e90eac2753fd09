import { once } from 'node:events';
import net from 'node:net';

/** A port of this machine on which nobody listens at this moment; who takes it a moment later may find it taken, and fails. */
export async function freeLoopbackPort(): Promise<number> {
  const listener = net.createServer().listen({ host: '127.0.0.1', port: 0, exclusive: true });
  await once(listener, 'listening');
  const { port } = listener.address() as net.AddressInfo;
  listener.close();
  await once(listener, 'close');
  return port;
}
