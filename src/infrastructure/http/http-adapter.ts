import http from 'node:http';
import { ExpressAdapter } from '@nestjs/platform-express';

/** Against clients that send slowly, or never finish. */
export const SERVER_OPTIONS: http.ServerOptions = {
  maxHeaderSize: 8192,
  headersTimeout: 5000,
  requestTimeout: 30_000,
  // The default of 30 s would be how long the two timeouts above are not looked at.
  connectionsCheckingInterval: 1000,
  keepAliveTimeout: 5000,
};

/** Express on a server with limits; Nest's own adapter gives no way to set them. */
export class HttpAdapter extends ExpressAdapter {
  override initHttpServer(): void {
    this.setHttpServer(http.createServer(SERVER_OPTIONS, this.getInstance()));
  }

  /** Idle and hanging connections must not hold up the end; answers in progress have been sent by now. */
  override close(): Promise<void> {
    const server = this.getHttpServer() as http.Server;
    return new Promise((resolve) => {
      if (server.listening) server.close(() => resolve());
      else resolve();
      server.closeAllConnections();
    });
  }
}
