import type { Stoppable } from './row';

/** Everything that was started, or is starting now, and has to end, whatever happens; the newest first. */
export class Held implements Stoppable {
  private readonly held: Promise<Stoppable>[] = [];

  hold<T extends Stoppable>(starting: Promise<T>): Promise<T> {
    this.held.push(starting);
    return starting;
  }

  async stop(): Promise<void> {
    for (let next = this.held.pop(); next; next = this.held.pop()) {
      // What did not start has cleaned up itself, and whoever waited for it knows.
      const started = await next.catch(() => undefined);
      try {
        await started?.stop();
      } catch (error) {
        console.error(`While cleaning up: ${(error as Error).message}`);
      }
    }
  }
}
