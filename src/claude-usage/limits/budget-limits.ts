import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { AnnouncedCopy } from '../../infrastructure/control-bus/announced-copy';
import { ControlBus } from '../../infrastructure/control-bus/control-bus';
import { DomainError } from '../../kernel/domain-error';
import { RuntimeSettings } from '../../settings/runtime-settings';
import type { Settings } from '../../settings/settings';
import type { BudgetKind } from '../claude-budgets';

/** Exceptions from what all may, in the memory of every gateway. */
const MAX_LIMITS = 10_000;

export type DailyUsd = Settings['claudeUserDailyUsd'];
/** Who may have a limit of their own. */
export type LimitedKind = Exclude<BudgetKind, 'total'>;

export interface BudgetLimit {
  readonly kind: LimitedKind;
  readonly id: string;
  /** An e-mail address, or what a project is called. */
  readonly name: string;
  readonly dailyUsd: DailyUsd;
  readonly changedAt: Date;
  readonly changedBy: string | null;
}

type Row = Omit<BudgetLimit, 'dailyUsd'> & { readonly dailyUsd: number | null };

const SETTINGS = {
  user: 'claudeUserDailyUsd',
  project: 'claudeProjectDailyUsd',
  total: 'claudeTotalDailyUsd',
} as const satisfies Readonly<Record<BudgetKind, keyof Settings>>;

const OWN = 'daily_usd AS "dailyUsd", changed_at AS "changedAt", changed_by AS "changedBy" FROM claude_budgets';
const LIST = `
  SELECT 'user' AS kind, users.id::text, email AS name, ${OWN} JOIN users ON users.id = user_id
  UNION ALL
  SELECT 'project', projects.id, projects.name, ${OWN} JOIN projects ON projects.id = project_id
  ORDER BY kind DESC, name, id`;

/** What may be spent in a day: by everybody as the settings say, by some users and projects as administrators say of them. */
@Injectable()
export class BudgetLimits implements OnModuleInit, OnApplicationShutdown {
  private own: ReadonlyMap<string, DailyUsd> = new Map();
  private readonly copy: AnnouncedCopy;

  constructor(
    private readonly settings: RuntimeSettings,
    @InjectDataSource() private readonly dataSource: DataSource,
    bus: ControlBus,
  ) {
    this.copy = new AnnouncedCopy(bus, 'claude-budgets.changed', () => this.read());
  }

  /** Without the database it is what the environment says, until the database is there. */
  onModuleInit(): Promise<void> {
    return this.copy.open();
  }

  onApplicationShutdown(): void {
    this.copy.dispose();
  }

  /** `setting`: what an administrator changes to raise it. */
  of(kind: BudgetKind, id: string): { readonly dailyUsd: DailyUsd; readonly setting: string } {
    const dailyUsd = this.own.get(keyOf(kind, id));
    if (dailyUsd !== undefined) return { dailyUsd, setting: `/api/admin/claude/budgets/${kind}s/${id}` };
    const setting = SETTINGS[kind];
    return { dailyUsd: this.settings.current[setting], setting };
  }

  /** Users first, by name. */
  async list(): Promise<BudgetLimit[]> {
    const rows = await this.dataSource.query<Row[]>(LIST);
    return rows.map((row) => ({ ...row, dailyUsd: row.dailyUsd ?? 'unlimited' }));
  }

  /** From the next request on. Throws `not_found`, and `conflict` when there are too many. */
  async set(kind: LimitedKind, id: string, dailyUsd: DailyUsd, changedBy: string): Promise<void> {
    const isNew = !this.own.has(keyOf(kind, id));
    if (isNew && this.own.size >= MAX_LIMITS) {
      throw new DomainError(
        'conflict',
        `${MAX_LIMITS} users and projects have budgets of their own: remove one first.`,
      );
    }
    const { table, column } = PLACES[kind];
    const found = await this.dataSource.query<unknown[]>(
      `INSERT INTO claude_budgets (${column}, daily_usd, changed_by) SELECT id, $2, $3 FROM ${table} WHERE id::text = $1
       ON CONFLICT (${column}) DO UPDATE SET daily_usd = $2, changed_by = $3, changed_at = now()
       RETURNING 1`,
      [id, dailyUsd === 'unlimited' ? null : dailyUsd, changedBy],
    );
    if (found.length === 0) throw new DomainError('not_found', `There is no such ${kind}.`);
    await this.copy.announce();
  }

  /** What all may holds again. Throws `not_found`. */
  async remove(kind: LimitedKind, id: string): Promise<void> {
    const [, removed] = await this.dataSource.query<[unknown, number]>(
      `DELETE FROM claude_budgets WHERE ${PLACES[kind].column}::text = $1`,
      [id],
    );
    if (removed === 0) throw new DomainError('not_found', `This ${kind} has no budget of its own.`);
    await this.copy.announce();
  }

  private async read(): Promise<void> {
    this.own = new Map((await this.list()).map(({ kind, id, dailyUsd }) => [keyOf(kind, id), dailyUsd]));
  }
}

const PLACES = {
  user: { table: 'users', column: 'user_id' },
  project: { table: 'projects', column: 'project_id' },
} as const satisfies Readonly<Record<LimitedKind, object>>;

function keyOf(kind: BudgetKind, id: string): string {
  return `${kind}:${id}`;
}
