/** What `connect` and `Terminal.ready` reject with. `code` is stable, `message` is a sentence for people. */
export class HoldfastError extends Error {
  override readonly name = 'HoldfastError';

  constructor(
    readonly code: string,
    message: string,
    readonly retryable = false,
  ) {
    super(message);
  }
}
