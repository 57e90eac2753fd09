import type { OutboxRecord } from './record';

/** The oldest records of a source, and where it goes on after them. */
export interface Batch {
  readonly records: readonly OutboxRecord[];
  /** They are applied: removes them. */
  done(): void;
  /** They are not applied, and stay. One of the two is called before the next `peek` of whoever drains. */
  cancel(): void;
}

/** Records in the order in which they were written down. One reader at a time. */
export interface RecordSource {
  /** Records that wait. */
  readonly pending: number;
  readonly diskBytes: number;
  /** Unix milliseconds of the record that waits longest. */
  readonly oldestAt: number | undefined;
  /** At most `max`; undefined: none waits. */
  peek(max: number): Batch | undefined;
}
