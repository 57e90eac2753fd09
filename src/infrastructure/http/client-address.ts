import type { IncomingMessage } from 'node:http';

/**
 * The address a request came from, of one that Express has not seen. Each trusted proxy has appended to X-Forwarded-For whom it
 * heard: that many steps are believed, and what a client wrote there itself is not.
 */
export function clientAddress(request: IncomingMessage, proxyHops: number): string | undefined {
  const peer = request.socket.remoteAddress;
  if (proxyHops === 0) return peer;
  const forwarded = String(request.headers['x-forwarded-for'] ?? '')
    .split(',')
    .map((address) => address.trim())
    .filter((address) => address !== '')
    .reverse();
  return forwarded[Math.min(proxyHops, forwarded.length) - 1] ?? peer;
}
