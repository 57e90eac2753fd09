import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';

/** The TCP or TLS connection below. `ws` has no public name for it. */
export function rawSocketOf(webSocket: WebSocket): Socket {
  return (webSocket as unknown as { readonly _socket: Socket })._socket;
}
