import type http from 'node:http';
import type { Duplex } from 'node:stream';

/** How long a connection may take to say what it wants: browsers open some that they may never use. */
const LATE_REQUEST_MS = 1_000;

/**
 * What a server that ends has to finish: requests that are being answered, and connections whose first request is still on its
 * way – nobody else will ever accept those.
 */
export class AnswersInProgress {
  private readonly open = new Set<http.ServerResponse>();
  private readonly expected = new Set<Duplex>();
  private readonly waiting = new Set<() => void>();
  private ending = false;

  watch(server: http.Server): void {
    server.on('connection', (socket) => {
      this.expected.add(socket);
      socket.once('close', () => this.arrived(socket));
    });
    // First of all listeners, because the header has to be there before anything answers.
    server.prependListener('request', (request, response) => {
      this.add(response);
      this.arrived(request.socket);
    });
  }

  /** The first request of this connection is somebody's business by now. */
  arrived(socket: Duplex): void {
    if (this.expected.delete(socket)) this.check();
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

  private get isDone(): boolean {
    return this.open.size === 0 && this.expected.size === 0;
  }

  private add(response: http.ServerResponse): void {
    if (this.ending) response.shouldKeepAlive = false;
    this.open.add(response);
    response.once('close', () => {
      this.open.delete(response);
      this.check();
    });
  }

  private check(): void {
    if (this.isDone) for (const done of this.waiting) done();
  }
}
