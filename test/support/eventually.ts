import { setTimeout as sleep } from 'node:timers/promises';

/** What is there soon is seen soon; what takes seconds is not asked for fifty times in each, which would take the time of what it waits for. */
const FIRST_POLL_MS = 10;
const MAX_POLL_MS = 200;
/** On a busy machine a server is away for long enough that its clients try again only every 30 s. */
const PATIENCE_MS = 45_000;

/** Repeats what is expected until it holds; fails with its last failure. For what another process does in its own time. */
export async function eventually<T>(expectation: () => T | Promise<T>, withinMs = PATIENCE_MS): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(MAX_POLL_MS, pollMs * 1.5)) {
    try {
      return await expectation();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await sleep(pollMs);
    }
  }
}
