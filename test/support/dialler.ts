import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Dialled {
  /** Attempts that were answered by a server. */
  readonly answered: number;
  /** Codes of those that were not: `ECONNREFUSED`, `ECONNRESET`, … */
  readonly failures: readonly string[];
  /** The longest wait for an answer. */
  readonly slowestMs: number;
}

const ATTEMPT_TIMEOUT_MS = 30_000;
/** Between attempts: the server under test needs the processor more. */
const PAUSE_MS = 5;

/** Opens a fresh connection and asks something on it, over and over, one attempt after the other. */
export class Dialler {
  private stopped = false;
  private readonly run: Promise<Dialled>;

  constructor(private readonly url: string) {
    this.run = this.dial();
  }

  stop(): Promise<Dialled> {
    this.stopped = true;
    return this.run;
  }

  private async dial(): Promise<Dialled> {
    let [answered, slowestMs] = [0, 0];
    const failures: string[] = [];
    while (!this.stopped) {
      const since = performance.now();
      await this.attempt().then(
        () => answered++,
        (error: NodeJS.ErrnoException) => failures.push(error.code ?? error.message),
      );
      slowestMs = Math.max(slowestMs, performance.now() - since);
      await sleep(PAUSE_MS);
    }
    return { answered, failures, slowestMs };
  }

  private attempt(): Promise<void> {
    return new Promise((resolve, reject) => {
      const request = http.get(this.url, { agent: false, timeout: ATTEMPT_TIMEOUT_MS }, (response) => {
        response.resume();
        response.once('end', resolve);
        response.once('error', reject);
      });
      request.once('timeout', () => request.destroy(new Error('timeout')));
      request.once('error', reject);
    });
  }
}
