import type { HostRefusal } from '../wire/host-messages';

/** A request that the host refuses, with a stable code. */
export class HostRefusalError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly details?: HostRefusal['details'],
  ) {
    super(message);
  }
}
