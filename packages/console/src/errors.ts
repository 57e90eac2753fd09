/** The server answered, and said no. `message` is a sentence for the user. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly requestId?: string,
  ) {
    super(message);
  }
}

/** No answer, or one from a server that cannot work at the moment: worth trying again. */
export class ServerUnreachable extends Error {
  constructor(message = 'The server cannot be reached. Check your connection; the console keeps trying.') {
    super(message);
  }
}

/** There is no login any more; only signing in helps. */
export class SignedOut extends Error {
  /** Tells the SDK to stop dialling. */
  readonly retryable = false;

  constructor(message = 'You are signed out.') {
    super(message);
  }
}

/** A sentence for a toast. */
export function sentence(error: unknown): string {
  if (error instanceof Error && error.message) return error.message;
  return 'Something went wrong. Try again.';
}
