import type http from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/**
 * How long a connection may take to say what it wants, at most: slow networks and busy clients need seconds, but browsers open
 * some that they may never use.
 */
const LATE_REQUEST_MS = 5_000;

/**
 * What a server that ends has to finish: requests that are being answered, and connections whose first request is still on its
 * way – nobody else will ever accept those.
 */
export class AnswersInProgress {
  private readonly open = new Set<http.ServerResponse>();
  /** By their two ends: behind TLS, a request comes from another object than the connection it came over. */
  private readonly expected = new Set<string>();
  private readonly waiting = new Set<() => void>();
  private ending = false;

  watch(server: http.Server): void {
    server.on('connection', (socket: Socket) => {
      const ends = endsOf(socket);
      this.expected.add(ends);
      // A closed socket does not know its ends any more.
      socket.once('close', () => this.forget(ends));
    });
    // First of all listeners, because the header has to be there before anything answers.
    server.prependListener('request', (request, response) => {
      this.add(response);
      this.arrived(request.socket);
      // An answer that waits behind another one of its connection never hears of the connection's end; its request does.
      request.once('close', () => {
        if (request.socket.destroyed) this.done(response);
      });
    });
  }

  /** The first request of this connection is somebody's business by now. */
  arrived(socket: Duplex): void {
    this.forget(endsOf(socket as Socket));
  }

  /** From now on every answer says `Connection: close`. Resolves when nothing is left, or after `timeoutMs`. */
  finish(timeoutMs: number): Promise<void> {
    this.ending = true;
    for (const response of this.open) response.shouldKeepAlive = false;
    if (this.isDone || timeoutMs === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        clearTimeout(late);
        this.waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      const late = setTimeout(() => {
        this.expected.clear();
        this.check();
      }, LATE_REQUEST_MS);
      this.waiting.add(done);
    });
  }

  private forget(ends: string): void {
    if (this.expected.delete(ends)) this.check();
  }

  private get isDone(): boolean {
    return this.open.size === 0 && this.expected.size === 0;
  }

  private add(response: http.ServerResponse): void {
    if (this.ending) response.shouldKeepAlive = false;
    this.open.add(response);
    response.once('close', () => this.done(response));
  }

  private done(response: http.ServerResponse): void {
    if (this.open.delete(response)) this.check();
  }

  private check(): void {
    if (this.isDone) for (const done of this.waiting) done();
  }
}

function endsOf({ remoteAddress, remotePort, localPort }: Socket): string {
  return `${remoteAddress}:${remotePort}-${localPort}`;
}
