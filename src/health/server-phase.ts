export type Phase = 'starting' | 'serving' | 'draining';

const ORDER: readonly Phase[] = ['starting', 'serving', 'draining'];

/** Where this process is between its start and its end; only moves forward. */
export class ServerPhase {
  private phase: Phase = 'starting';

  get current(): Phase {
    return this.phase;
  }

  advance(to: Phase): void {
    if (ORDER.indexOf(to) > ORDER.indexOf(this.phase)) this.phase = to;
  }
}
