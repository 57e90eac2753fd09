export type Phase = 'starting' | 'serving' | 'draining';

const ORDER: readonly Phase[] = ['starting', 'serving', 'draining'];

/** Where this process is between its start and its end; only moves forward. */
export class ServerPhase {
  private phase: Phase = 'starting';
  private readonly starts: (() => void)[] = [];
  private readonly ends: (() => void)[] = [];

  get current(): Phase {
    return this.phase;
  }

  advance(to: Phase): void {
    if (ORDER.indexOf(to) <= ORDER.indexOf(this.phase)) return;
    this.phase = to;
    if (to === 'serving') for (const start of this.starts.splice(0)) start();
    if (to === 'draining') for (const end of this.ends.splice(0)) end();
  }

  /** Background work begins here, not with the module: a spare gateway is booted and waits, perhaps for weeks. */
  whenServing(start: () => void): void {
    if (this.phase === 'starting') this.starts.push(start);
    else if (this.phase === 'serving') start();
  }

  /** What others may take over is given up here, before clients have moved. */
  whenDraining(end: () => void): void {
    if (this.phase === 'draining') end();
    else this.ends.push(end);
  }
}
