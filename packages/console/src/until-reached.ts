import { ApiError, ServerUnreachable } from './errors';

const RETRY_MS = 3_000;

/** Repeats `work` while the server is away or cannot work; every other failure is the caller's. */
export async function untilReached<T>(work: () => Promise<T>, onFailure: (error: Error) => void): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const temporary = error instanceof ServerUnreachable || (error instanceof ApiError && error.status >= 500);
      if (!temporary) throw error;
      onFailure(error);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}
