import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { AuditLog } from '../audit/audit-log';
import { BoundedMap } from '../infrastructure/cache/bounded-map';
import { Clock } from '../kernel/clock';
import type { Disposable } from '../kernel/disposables';
import { KINDS } from './limit-kinds';
import { type LimitHit, RateLimits } from './rate-limits';

/** A flood is one entry of the audit in this time, for each kind and key: it must not become a flood of the audit. */
const QUIET_MS = 60_000;
/** Of kinds and keys; one that is forgotten is reported again. */
const MAX_REMEMBERED = 10_000;

/** Puts into the audit who ran into which limit. */
@Injectable()
export class LimitReports implements OnModuleDestroy {
  private readonly reportedAt = new BoundedMap<string, number>(MAX_REMEMBERED);
  private readonly subscription: Disposable;

  constructor(
    limits: RateLimits,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {
    this.subscription = limits.events.on('hit', (hit) => this.report(hit));
  }

  onModuleDestroy(): void {
    this.subscription.dispose();
  }

  private report({ kind, key }: LimitHit): void {
    const { by, isOnlyHeldBack } = KINDS[kind];
    if (isOnlyHeldBack) return;
    const [name, now] = [`${kind} ${key}`, this.clock.monotonic()];
    const before = this.reportedAt.get(name);
    if (before !== undefined && now - before < QUIET_MS) return;
    this.reportedAt.set(name, now);
    this.audit.record({
      code: 'limit.hit',
      outcome: 'refused',
      reason: kind,
      ...(by === 'address' && { source: { ip: key } }),
      ...(by === 'user' && { actor: { userId: key } }),
      data: { kind, key },
    });
  }
}
