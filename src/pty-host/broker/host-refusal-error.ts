/** A request that the host refuses, with a stable code. */
export class HostRefusalError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}
