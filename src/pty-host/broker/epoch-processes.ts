import { endProcesses } from '../processes/kill-ladder';
import { NOBODY, leaderRuns, nowInTicks, type Leader, type MarkedProcesses } from '../processes/process-tree';
import type { SessionRecord } from './session-files';

/** The processes of one epoch: the one it was started with, and whatever carries its mark. */
export class EpochProcesses implements MarkedProcesses {
  /** The keeper said that the leader is its child, so its number means it. After a restart of the host nobody can say that. */
  private adopted = false;
  private endedAtTicks: number | undefined;

  constructor(private readonly record: () => SessionRecord) {}

  get sessionId(): string {
    return this.record().sessionId;
  }

  /** Without an epoch in its mark a process is of the first one: an earlier build started it. */
  ofEpoch(epoch: string | undefined): boolean {
    return epoch === undefined ? (this.record().epochNumber ?? 1) === 1 : epoch === this.record().epoch;
  }

  adopt(): void {
    this.adopted = true;
  }

  /** The leader was reaped: its number may be given to a stranger from now on. */
  noteEnd(): void {
    this.endedAtTicks ??= nowInTicks();
  }

  get leaderRuns(): boolean {
    return leaderRuns(this.record().pid ?? NOBODY.pid);
  }

  /** Politely first. What the leader left behind ends with it. */
  end(first?: NodeJS.Signals): void {
    void endProcesses(this, () => this.leader(), first);
  }

  private leader(): Leader {
    const { pid } = this.record();
    return this.adopted && pid ? { pid, endedAt: this.endedAtTicks } : NOBODY;
  }
}
