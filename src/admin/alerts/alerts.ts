import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { ServerPhase } from '../../health/server-phase';
import { Clock } from '../../kernel/clock';
import { type Alert, ALERT_CODES, type AlertSource, type Finding } from './alert';

/** How exactly it is known since when something is wrong that does not say so itself. */
const LOOK_MS = 30_000;
/** Breakers of single sessions can be thousands; a list of what is wrong is for people. */
const MAX_ALERTS = 200;

/** What is wrong now, as the modules of this process know it. */
@Injectable()
export class Alerts implements OnModuleInit, OnModuleDestroy {
  private readonly sources: AlertSource[] = [];
  /** When each of the current findings was first seen. */
  private firstSeen = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly phase: ServerPhase,
  ) {}

  register(source: AlertSource): void {
    this.sources.push(source);
  }

  onModuleInit(): void {
    this.phase.whenServing(() => {
      this.timer = setInterval(() => void this.list().catch(() => undefined), LOOK_MS).unref();
    });
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  /** The worst first, then the oldest. */
  async list(): Promise<Alert[]> {
    const found = (await Promise.all(this.sources.map(async (look) => look()))).flat().slice(0, MAX_ALERTS);
    const seen = new Map(found.map((finding) => [keyOf(finding), this.since(finding)]));
    this.firstSeen = seen;
    return found
      .map((finding) => ({ finding, since: seen.get(keyOf(finding)) ?? 0, severity: ALERT_CODES[finding.code] }))
      .sort((a, b) => (a.severity === b.severity ? a.since - b.since : a.severity === 'critical' ? -1 : 1))
      .map(({ finding: { code, subject = null, message }, since, severity }) => {
        return { code, severity, subject, message, since: new Date(since).toISOString() };
      });
  }

  private since(finding: Finding): number {
    return finding.sinceMs ?? this.firstSeen.get(keyOf(finding)) ?? this.clock.now();
  }
}

function keyOf({ code, subject = '' }: Finding): string {
  return `${code} ${subject}`;
}
