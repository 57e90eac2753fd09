import { Injectable } from '@nestjs/common';
import { Clock } from '../../kernel/clock';
import { TypedEvents } from '../../kernel/typed-events';
import type { ClaudeRecord } from '../records/claude-record';
import { ClaudeRecords } from '../records/claude-records';
import { ClaudeAnnouncer } from './claude-announcer';
import type { ClaudeSignal, SettledPermission } from './claude-signal';
import { reduce, type Reduced } from './reduce';

/** What is learned of Claude sessions becomes their records, and whoever looks at them is told. In any gateway process. */
@Injectable()
export class ClaudeStatus {
  /** What is not asked any more, as this process learned it. */
  readonly events = new TypedEvents<{ settled: SettledPermission }>();

  constructor(
    private readonly records: ClaudeRecords,
    private readonly announcer: ClaudeAnnouncer,
    private readonly clock: Clock,
  ) {}

  /** Undefined: there is no such record, or the signal says nothing new. */
  async apply(key: string, signal: ClaudeSignal): Promise<Reduced | undefined> {
    let reduced: Reduced | undefined;
    await this.change(key, (record) => {
      reduced = record && reduce(record, signal, this.clock.now());
      if (reduced?.record === record) reduced = undefined;
      return reduced?.record;
    });
    for (const settled of reduced?.settled ?? []) this.events.emit('settled', settled);
    return reduced;
  }

  /** For what no signal tells: see {@link ClaudeRecords.update}. */
  async change(
    key: string,
    change: (record: ClaudeRecord | undefined) => ClaudeRecord | undefined,
  ): Promise<ClaudeRecord | undefined> {
    let before: ClaudeRecord | undefined;
    const after = await this.records.update(key, (record) => change((before = record)));
    if (after && after !== before) this.announcer.changed(before, after);
    return after;
  }
}
