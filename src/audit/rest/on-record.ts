import type { Request } from 'express';

const requests = new WeakSet<Request>();

/** Its own event says how it went. */
export function putOnRecord(request: Request): void {
  requests.add(request);
}

export function isOnRecord(request: Request): boolean {
  return requests.has(request);
}
