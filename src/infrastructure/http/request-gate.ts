import type { RequestListener } from 'node:http';
import type { Socket } from 'node:net';

/** Browsers send about twenty; proxies add some. */
export const MAX_HEADERS = 100;
/**
 * Requests of one connection that wait for their answers. No browser sends a second one before the first answer; one packet
 * has room for two thousand, and Node would start on all of them in one turn of the event loop.
 */
const MAX_PIPELINED = 8;

/** Lets requests through to `listener` but those that no client with good intentions sends. */
export function gateRequests(listener: RequestListener): RequestListener {
  const inProgress = new WeakMap<Socket, number>();
  return (request, response) => {
    const { socket } = request;
    const waiting = (inProgress.get(socket) ?? 0) + 1;
    inProgress.set(socket, waiting);
    if (waiting > MAX_PIPELINED) return void socket.destroy();
    response.once('close', () => inProgress.set(socket, (inProgress.get(socket) ?? 1) - 1));
    if (request.rawHeaders.length <= 2 * MAX_HEADERS) return listener(request, response);
    response.writeHead(431, { connection: 'close' }).end();
  };
}
