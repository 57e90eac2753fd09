import fs from 'node:fs';
import http, { type RequestListener } from 'node:http';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode } from '../../infrastructure/startup-error';
import type { ClaudeDirectory } from '../claude-directory';
import type { RememberedPort } from './remembered-port';

const LIMITS: http.ServerOptions = {
  /** Twice what the CLI sends. */
  maxHeaderSize: 16 * 1024,
  headersTimeout: 5_000,
  /** For the longest body over loopback; how long an answer takes is not limited by it. */
  requestTimeout: 60_000,
  connectionsCheckingInterval: 1_000,
  keepAliveTimeout: 60_000,
};
const MAX_HEADERS = 100;
/** A session holds a few: hooks that wait for an answer, and subagents. */
const MAX_CONNECTIONS = 4_096;
/** Any process of this machine may dial; what it gets depends on its token. */
const EVERYBODYS_SOCKET = 0o666;
const MY_SOCKET = 0o600;
/** The one before closes its port before it gives up the lock, so this is somebody else's: it may be about to end. */
const PORT_PATIENCE_MS = 2_000;
const PORT_RETRY_MS = 200;

/** The three places where a leader listens: Unix socket and loopback port for sessions, Unix socket for gateway processes. */
export class Doors {
  private readonly servers: http.Server[] = [];
  private closing = false;

  constructor(
    private readonly directory: ClaudeDirectory,
    private readonly port: RememberedPort,
  ) {}

  async open(onRequest: RequestListener, onControl: RequestListener): Promise<void> {
    await this.listenAt(this.directory.controlSocket, onControl, MY_SOCKET);
    await this.listenAt(this.directory.apiSocket, onRequest, EVERYBODYS_SOCKET);
    await this.listenOnPort(onRequest);
  }

  /** Nothing new comes in; what is being answered goes on. */
  stopAccepting(): void {
    this.closing = true;
    for (const server of this.servers) {
      if (server.listening) net.Server.prototype.close.call(server);
      server.closeIdleConnections();
    }
  }

  close(): void {
    this.stopAccepting();
    for (const server of this.servers) server.closeAllConnections();
  }

  private async listenAt(socketPath: string, onRequest: RequestListener, mode: number): Promise<void> {
    if (this.closing) return;
    // Of a leader that was killed. Whoever holds the lock is the only one who listens here.
    fs.rmSync(socketPath, { force: true });
    const listening = this.listen(onRequest, { path: socketPath });
    // Bound by now, and nobody was accepted yet.
    if (fs.existsSync(socketPath)) fs.chmodSync(socketPath, mode);
    await listening;
  }

  private async listenOnPort(onRequest: RequestListener): Promise<void> {
    const deadline = performance.now() + PORT_PATIENCE_MS;
    for (let port = this.port.get(); !this.closing;) {
      try {
        return await this.listen(onRequest, { host: '127.0.0.1', port });
      } catch (error) {
        if (errorCode(error) !== 'EADDRINUSE') throw error;
      }
      if (performance.now() < deadline) await sleep(PORT_RETRY_MS);
      else port = this.port.replace();
    }
  }

  private async listen(onRequest: RequestListener, place: net.ListenOptions): Promise<void> {
    if (this.closing) return;
    const server = http.createServer(LIMITS, (request, response) => {
      // A connection that is kept would go on asking a process that does not lead any more.
      if (this.closing) response.setHeader('connection', 'close');
      response.once('close', () => this.closing && server.closeIdleConnections());
      onRequest(request, response);
    });
    server.maxHeadersCount = MAX_HEADERS;
    server.maxConnections = MAX_CONNECTIONS;
    this.servers.push(server);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      // Exclusive: the workers of a Node cluster would share it.
      server.listen({ ...place, exclusive: true }, resolve);
    });
    server.on('error', () => undefined);
  }
}
