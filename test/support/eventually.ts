import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 20;

/** Repeats what is expected until it holds; fails with its last failure. For what another process does in its own time. */
export async function eventually<T>(expectation: () => T | Promise<T>, withinMs = 20_000): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    try {
      return await expectation();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await sleep(POLL_MS);
    }
  }
}
