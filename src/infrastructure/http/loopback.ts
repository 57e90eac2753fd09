import type { Request } from 'express';

/**
 * Whether the request comes from this machine itself. One that a proxy on this machine passes on does not: it is known
 * by its X-Forwarded-For, also when TRUST_PROXY was forgotten.
 */
export function isFromLoopback(request: Request): boolean {
  if (request.headers['x-forwarded-for'] !== undefined || request.headers['forwarded'] !== undefined) return false;
  const address = request.socket.remoteAddress ?? '';
  return address === '::1' || /^(::ffff:)?127\./.test(address);
}
