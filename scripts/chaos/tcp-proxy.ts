import net from 'node:net';
import type { AddressInfo } from 'node:net';

interface Link {
  readonly client: net.Socket;
  readonly server: net.Socket;
}

/** The network between client and server, which can be cut. */
export class TcpProxy {
  private readonly links = new Set<Link>();
  private readonly listener: net.Server;

  private constructor(targetPort: number) {
    this.listener = net.createServer((client) => this.link(client, net.connect(targetPort, '127.0.0.1')));
  }

  static async start(targetPort: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(targetPort);
    await new Promise<void>((resolve) => proxy.listener.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.listener.address() as AddressInfo).port;
  }

  /** Every connection is reset, at both ends. */
  reset(): void {
    for (const { client, server } of this.links) {
      client.resetAndDestroy();
      server.resetAndDestroy();
    }
  }

  /** Nothing passes on the connections that exist now, and nobody is told; new ones work. */
  blackHole(): void {
    for (const { client, server } of this.links) {
      for (const socket of [client, server]) {
        socket.unpipe();
        socket.pause();
      }
    }
  }

  async stop(): Promise<void> {
    this.reset();
    await new Promise((resolve) => this.listener.close(resolve));
  }

  private link(client: net.Socket, server: net.Socket): void {
    const link = { client, server };
    this.links.add(link);
    client.pipe(server);
    server.pipe(client);
    for (const [socket, peer] of [
      [client, server],
      [server, client],
    ] as const) {
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        peer.destroy();
        this.links.delete(link);
      });
    }
  }
}
