import type { Server } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../../config/environment';
import { addressKey } from './address-key';
import { RateLimits } from './rate-limits';
import { Slots } from './slots';

/** Beside the WebSockets, each of which may have a successor already: those of browsers that fetch something. */
const OTHER_CONNECTIONS = 1000;

/**
 * How many TCP connections there are, in all and of one address: each costs memory before it has said anything. Behind a proxy all
 * of them come from its address, and limiting those of the world's is the proxy's business.
 */
@Injectable()
export class TcpConnections {
  private readonly ofAddress: Slots;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly limits: RateLimits,
  ) {
    this.ofAddress = new Slots(config.rateLimits.tcpConnectionsPerAddress);
  }

  watch(server: Server): void {
    server.maxConnections = 2 * this.config.webSocket.maxConnections + OTHER_CONNECTIONS;
    server.on('drop', () => this.limits.note('tcp-total', 'server'));
    if (this.config.access.proxyHops > 0) return;
    server.on('connection', (socket) => {
      const address = socket.remoteAddress ?? '';
      const release = this.ofAddress.take(addressKey(address));
      if (release) return void socket.once('close', release);
      this.limits.note('tcp-address', address);
      socket.destroy();
    });
  }
}
