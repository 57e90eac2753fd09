import { Inject, Injectable, Logger } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { CONFIG, type Config } from '../../../config/environment';
import { isDatabaseUnavailable } from '../../infrastructure/database/database-errors';
import { Clock } from '../../kernel/clock';
import type { NanoDollars } from '../claude-prices';

/** How old what other machines spent may be, besides the time their outbox takes. */
const FRESH_MS = 10_000;

const TODAY = `
  SELECT node = $2 AS own, user_id, project_id, sum(cost_nano)::float8 AS nano
  FROM claude_requests WHERE day = $1::date GROUP BY 1, 2, 3`;

interface Row {
  readonly own: boolean;
  readonly user_id: string;
  readonly project_id: string;
  readonly nano: number;
}

/** Sums of one day. */
export class LedgerSums {
  total: NanoDollars = 0;
  readonly users = new Map<string, NanoDollars>();
  readonly projects = new Map<string, NanoDollars>();

  add({ user_id: user, project_id: project, nano }: Row): void {
    this.total += nano;
    this.users.set(user, (this.users.get(user) ?? 0) + nano);
    this.projects.set(project, (this.projects.get(project) ?? 0) + nano);
  }
}

export interface SpentElsewhere {
  /** By other machines. */
  readonly others: LedgerSums;
  /** By this one, as far as the database has it: what is left when the journal was lost. */
  readonly own: LedgerSums;
}

const NOTHING: SpentElsewhere = { others: new LedgerSums(), own: new LedgerSums() };

/** What the database has of today. It is looked at while requests are made, and never waited for. */
@Injectable()
export class SpendingElsewhere {
  private readonly log = new Logger(SpendingElsewhere.name);
  private known: SpentElsewhere & { readonly day: string } = { ...NOTHING, day: '' };
  private readAt = Number.NEGATIVE_INFINITY;
  private reading: Promise<void> | undefined;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {}

  of(day: string): SpentElsewhere {
    if (this.clock.monotonic() - this.readAt >= FRESH_MS || this.known.day !== day) void this.refresh(day);
    return this.known.day === day ? this.known : NOTHING;
  }

  /** Never rejects: without the database what was known holds. */
  refresh(day: string): Promise<void> {
    this.reading ??= this.read(day)
      .catch((error: unknown) => {
        if (!isDatabaseUnavailable(error)) this.log.error(error);
      })
      .finally(() => {
        this.readAt = this.clock.monotonic();
        this.reading = undefined;
      });
    return this.reading;
  }

  private async read(day: string): Promise<void> {
    const rows = await this.dataSource.query<Row[]>(TODAY, [day, this.config.nodeName]);
    const [others, own] = [new LedgerSums(), new LedgerSums()];
    for (const row of rows) (row.own ? own : others).add(row);
    this.known = { day, others, own };
  }
}
