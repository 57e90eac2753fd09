import type { Clock } from '../../kernel/clock';
import type { AuditKeys } from './audit-keys';
import { type AuditContent, GENESIS, type SealedRecord, type StreamHead } from './audit-record';

export interface AuditChainOptions {
  readonly stream: string;
  readonly node: string;
  readonly keys: AuditKeys;
  readonly clock: Clock;
}

/** The events of one process, each sealed together with the one before it. */
export class AuditChain {
  private current: StreamHead;
  private latestAt = 0;

  constructor(private readonly options: AuditChainOptions) {
    this.current = { stream: options.stream, seq: 0, mac: GENESIS };
  }

  get head(): StreamHead {
    return this.current;
  }

  /** The next event. It has its place once `keep` was given it: one that could not be written down leaves no gap. */
  next(content: AuditContent): SealedRecord {
    const { stream, node, keys, clock } = this.options;
    const { seq, mac: prev } = this.current;
    // A clock that is set back must not put an event into an earlier month than the one before.
    const at = new Date(Math.max(this.latestAt, clock.now())).toISOString();
    return keys.seal({ ...content, stream, node, seq: seq + 1, at, prev });
  }

  keep({ stream, seq, mac, at }: SealedRecord): void {
    this.current = { stream, seq, mac };
    this.latestAt = Date.parse(at);
  }
}
