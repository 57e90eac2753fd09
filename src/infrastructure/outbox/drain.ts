import { ladderDelay } from '@holdfast/protocol';
import { UnknownKindError } from './outbox-handler';
import { isPoison } from './poison';
import type { OutboxRecord } from './record';
import type { Batch, RecordSource } from './record-source';

const MAX_BATCH = 500;
/** Before a record that is refused by itself goes to the dead letters. */
const MAX_ATTEMPTS = 3;

export interface DrainOptions {
  /** Oldest first. */
  readonly sources: () => readonly RecordSource[];
  readonly apply: (records: readonly OutboxRecord[]) => Promise<void>;
  readonly bury: (record: OutboxRecord, error: unknown) => void;
  /** Leaves a source, whose records this process does not know, to others. False: nobody else would bring them. */
  readonly leave: (source: RecordSource) => boolean;
  readonly random: () => number;
  readonly onDrained: (count: number) => void;
  readonly onAway: (error: unknown) => void;
  readonly onBack: () => void;
}

/** Brings records to the database, for as long as there are any; waits while it is away. */
export class Drain {
  private failures = 0;
  /** How many records of a refused batch are still tried one by one. */
  private singly = 0;
  /** Of the record that stands first. */
  private attempts = 0;
  private stopped = false;
  private running: Promise<void> | undefined;
  private wakeUp: (() => void) | undefined;
  private woken = false;

  constructor(private readonly options: DrainOptions) {}

  get isAway(): boolean {
    return this.failures > 0;
  }

  start(): void {
    this.running ??= this.run();
  }

  /** Something was appended. While the database is away that is no reason to try. */
  notify(): void {
    if (!this.isAway) this.wake();
  }

  /** The database is back, or may be. */
  wake(): void {
    this.woken = true;
    this.wakeUp?.();
  }

  /** Ends when nothing waits any more, or the database is away. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.wake();
    await this.running;
  }

  private async run(): Promise<void> {
    for (;;) {
      this.woken = false;
      if (await this.step()) continue;
      if (this.stopped) return;
      await this.pause(this.isAway ? ladderDelay(this.failures, this.options.random) : undefined);
    }
  }

  /** One batch. False: there is nothing to do now. */
  private async step(): Promise<boolean> {
    const source = this.options.sources().find(({ pending }) => pending > 0);
    if (!source) return false;
    let batch: Batch | undefined;
    try {
      batch = source.peek(this.singly > 0 ? 1 : MAX_BATCH);
      if (!batch) return true;
      await this.options.apply(batch.records);
      batch.done();
      this.applied(batch.records.length);
      return true;
    } catch (error) {
      batch?.cancel();
      if (error instanceof UnknownKindError && this.options.leave(source)) return this.left();
      return batch && isPoison(error) ? this.refused(batch, error) : this.failed(error);
    }
  }

  private applied(count: number): void {
    this.attempts = 0;
    this.singly = Math.max(0, this.singly - count);
    if (this.isAway) this.options.onBack();
    this.failures = 0;
    this.options.onDrained(count);
  }

  private left(): true {
    this.singly = 0;
    this.attempts = 0;
    return true;
  }

  private failed(error: unknown): false {
    if (!this.isAway) this.options.onAway(error);
    this.failures++;
    return false;
  }

  /** Finds the record that is to blame, and puts it aside. */
  private refused(batch: Batch, error: unknown): boolean {
    const [first, ...others] = batch.records;
    if (!first || others.length > 0) {
      this.singly = batch.records.length;
      return true;
    }
    if (++this.attempts < MAX_ATTEMPTS) return true;
    try {
      this.options.bury(first, error);
      batch.done();
    } catch (problem) {
      return this.failed(problem);
    }
    this.attempts = 0;
    this.singly = Math.max(0, this.singly - 1);
    return true;
  }

  private pause(ms: number | undefined): Promise<void> {
    if (this.woken) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(() => this.wakeUp?.(), ms);
      this.wakeUp = () => {
        clearTimeout(timer);
        this.wakeUp = undefined;
        resolve();
      };
    });
  }
}
