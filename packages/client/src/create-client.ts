import { HoldfastClient } from './client';
import { HoldfastError } from './holdfast-error';
import { systemTimers } from './system-timers';
import type { Client, ClientOptions, WebSocketFactory, WebSocketLike } from './types';

type PlatformSocket = new (url: string, protocols: string[]) => WebSocketLike;

/** Makes a client. It dials at `connect` or at the first `open`. */
export function createClient(options: ClientOptions): Client {
  return new HoldfastClient({
    url: options.url,
    credentials: options.credentials,
    createWebSocket: options.createWebSocket ?? platformFactory(),
    sendsHeaders: options.createWebSocket !== undefined,
    timers: options.timers ?? systemTimers,
  });
}

function platformFactory(): WebSocketFactory {
  const { WebSocket } = globalThis as unknown as { WebSocket?: PlatformSocket };
  if (WebSocket === undefined) {
    throw new HoldfastError(
      'no_websocket',
      'There is no WebSocket here. Install the package ws and pass createWebSocket: fromWs(WebSocket).',
    );
  }
  return (url, protocols) => new WebSocket(url, protocols);
}
