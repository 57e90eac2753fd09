import type http from 'node:http';
import { ExpressAdapter } from '@nestjs/platform-express';
import type { CreateWebServer } from './web-server';

/** Express on a server with limits; Nest's own adapter gives no way to set them. */
export class HttpAdapter extends ExpressAdapter {
  constructor(private readonly createServer: CreateWebServer) {
    super();
  }

  override initHttpServer(): void {
    this.setHttpServer(this.createServer(this.getInstance<http.RequestListener>()));
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
