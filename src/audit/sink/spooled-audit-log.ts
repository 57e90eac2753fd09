import { Logger } from '@nestjs/common';
import { ErrorCode } from '@holdfast/protocol';
import type { Kept } from '../../infrastructure/outbox/journal';
import type { Outbox } from '../../infrastructure/outbox/outbox';
import { errorMessage } from '../../infrastructure/startup-error';
import type { Clock } from '../../kernel/clock';
import { DomainError } from '../../kernel/domain-error';
import { type AuditEntry, AuditLog } from '../audit-log';
import type { AuditChain } from '../chain/audit-chain';
import type { StreamHead } from '../chain/audit-record';
import { cleanEntry } from './clean-entry';
import { FloodLimit } from './flood-limit';
import { MissedEvents } from './missed-events';

/** Of outbox records. */
export const AUDIT_RECORD = 'audit.event';

/** What nobody waits for leaves the rest of the outbox to sessions and administrators: below it, new sessions are still made. */
const SHARE_OF_OTHERS = 0.6;
const RETRY_AFTER_MS = 5_000;

export interface SpooledAuditLogOptions {
  readonly chain: AuditChain;
  readonly outbox: Outbox;
  readonly clock: Clock;
  /** `closed`: what cannot be put on record is not done. */
  readonly failMode: 'open' | 'closed';
  /** What the first event says of this process. */
  readonly process: Readonly<Record<string, unknown>>;
}

/** Events, sealed and in the outbox before the call returns: that file is the spool. */
export class SpooledAuditLog extends AuditLog {
  private readonly log = new Logger('Audit');
  private readonly flood = new FloodLimit();
  private readonly missed = new MissedEvents();
  private unpublished = false;

  constructor(private readonly options: SpooledAuditLogOptions) {
    super();
  }

  get head(): StreamHead {
    return this.options.chain.head;
  }

  /** Something happened that no checkpoint has told of. */
  get hasNews(): boolean {
    return this.unpublished;
  }

  record(entry: AuditEntry): void {
    if (this.flood.admits(entry, this.options.clock.now())) this.append(entry, SHARE_OF_OTHERS);
  }

  async durable(entry: AuditEntry): Promise<void> {
    const kept = this.append(entry, 1);
    try {
      if (kept === 'durable') return await this.options.outbox.synced();
    } catch {
      // The disk did not take it: as when there is no room.
    }
    if (this.options.failMode === 'closed') throw auditUnavailable();
  }

  assertRoom(): void {
    const { outbox, failMode } = this.options;
    if (failMode === 'closed' && !(outbox.hasRoom && outbox.stats().state === 'durable')) throw auditUnavailable();
  }

  /** Where streams stand in the database. It makes no news of its own. */
  checkpoint(data: { readonly heads: readonly StreamHead[] }): void {
    this.append({ code: 'audit.checkpoint', outcome: 'ok', data }, 1);
    this.unpublished = false;
  }

  /** What was only counted in the last minute. */
  tellSuppressed(): void {
    for (const { entry, count } of this.flood.takeSuppressed(this.options.clock.now())) {
      const { code, outcome, reason, actor, source } = entry;
      this.append({ code: 'audit.suppressed', outcome, reason, actor, source, data: { code, count } }, SHARE_OF_OTHERS);
    }
  }

  /** Undefined: there is no room for it. */
  private append(entry: AuditEntry, share: number): Kept | undefined {
    try {
      if (this.options.outbox.fill > share) throw new Error('the outbox is too full for what nobody waits for');
      this.begin();
      this.tellGap();
      return this.write(entry);
    } catch (error) {
      // Once, not for each of thousands.
      if (!this.missed.gap) this.log.error(`Events cannot be put on record: ${errorMessage(error)}`);
      this.missed.note(entry, this.options.clock.now());
      return undefined;
    }
  }

  private begin(): void {
    if (this.head.seq > 0) return;
    this.write({ code: 'audit.started', outcome: 'ok', data: this.options.process });
  }

  private tellGap(): void {
    const gap = this.missed.gap;
    if (!gap) return;
    this.write({ code: 'audit.gap', outcome: 'failed', reason: ErrorCode.auditUnavailable, data: gap });
    this.missed.told();
  }

  private write(entry: AuditEntry): Kept {
    const { chain, outbox } = this.options;
    const record = chain.next(cleanEntry(entry));
    const kept = outbox.append(AUDIT_RECORD, record);
    chain.keep(record);
    this.unpublished = true;
    return kept;
  }
}

function auditUnavailable(): DomainError {
  return new DomainError(
    ErrorCode.auditUnavailable,
    'It cannot be put on record now (the disk is full, or too many writes wait for the database), so it is refused. Try again later.',
    { retryable: true, retryAfterMs: RETRY_AFTER_MS },
  );
}
