import { WebSocket } from 'ws';

/** Sockets as the SDK makes them, and how their attempts went. */
export class Sockets {
  /** Attempts that ended before a connection was there: refused, reset, or answered with an HTTP status. */
  refused = 0;
  onUnauthorized: () => void = () => undefined;

  /** For `fromWs`. */
  readonly WebSocket: new (...args: ConstructorParameters<typeof WebSocket>) => WebSocket;

  constructor() {
    const refuse = (): void => void this.refused++;
    const unauthorized = (): void => this.onUnauthorized();
    this.WebSocket = class extends WebSocket {
      constructor(...args: ConstructorParameters<typeof WebSocket>) {
        super(...args);
        let opened = false;
        this.once('open', () => (opened = true));
        this.once('close', (code) => {
          if (!opened) refuse();
          if (!opened || code === 4001) unauthorized();
        });
      }
    };
  }
}
