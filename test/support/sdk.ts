import { createClient, fromWs, systemTimers, type Client } from '@holdfast/client';
import { type ClientOptions, WebSocket } from 'ws';

export interface TestClient {
  readonly client: Client;
  /** Cuts the connection as a network does: without a closing handshake. */
  cut(): void;
}

/** The SDK as a Node program uses it, with a way to cut its connection. `ca`: the only authority it trusts, behind `wss:`. */
export function sdkClient(url: string, token: string, ca?: string): TestClient {
  let latest: WebSocket | undefined;
  class Observed extends WebSocket {
    constructor(address: string, protocols: string[], options: ClientOptions) {
      super(address, protocols, { ...options, ca });
      // The newest is the one to cut; that is what the test means by "the connection".
      // eslint-disable-next-line @typescript-eslint/no-this-alias -- observed from outside
      latest = this;
    }
  }
  const client = createClient({
    url,
    credentials: { token: () => Promise.resolve(token) },
    createWebSocket: fromWs(Observed),
    // The jitter's upper end: the ladder outlasts a restart of the server, and no run depends on luck.
    timers: { ...systemTimers, random: () => 0.99 },
  });
  return { client, cut: () => latest?.terminate() };
}
