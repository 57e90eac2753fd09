import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { toDollars } from '../claude-prices';

export const USAGE_GROUPS = ['day', 'user', 'project', 'session', 'model'] as const;
export type UsageGroup = (typeof USAGE_GROUPS)[number];

/** Groups of one answer, the dearest first: as many as somebody reads. The sum is of all. */
export const MAX_GROUPS = 1_000;

export interface UsageFilter {
  /** Days in UTC, both included. */
  readonly from: string;
  readonly to: string;
  readonly userId?: string;
  readonly projectId?: string;
}

export interface UsageSums {
  readonly requests: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  readonly costUsd: number;
}

export interface UsageRow extends UsageSums {
  readonly key: string;
  /** An e-mail address, or what a project or session is called. */
  readonly name: string | null;
  readonly projectId: string | null;
}

interface Row extends Omit<UsageRow, 'costUsd'> {
  readonly nano: number;
}

interface Grouping {
  readonly key: string;
  readonly project: string;
  readonly name: string;
  readonly order: string;
}

const DEAREST_FIRST = 'nano DESC, key';
const GROUPINGS: Readonly<Record<UsageGroup, Grouping>> = {
  day: { key: "to_char(day, 'YYYY-MM-DD')", project: 'NULL::text', name: 'NULL::text', order: 'key DESC' },
  user: {
    key: 'user_id::text',
    project: 'NULL::text',
    name: '(SELECT email FROM users WHERE id::text = sums.key)',
    order: DEAREST_FIRST,
  },
  project: {
    key: 'project_id',
    project: 'project_id',
    name: '(SELECT name FROM projects WHERE id = sums.key)',
    order: DEAREST_FIRST,
  },
  session: {
    key: 'session_id',
    project: 'project_id',
    name: `(SELECT coalesce(s.name, nullif(s.title, '')) FROM sessions AS s WHERE s.storage_key = sums.key || ':' || sums.project)`,
    order: DEAREST_FIRST,
  },
  model: { key: 'model', project: 'NULL::text', name: 'NULL::text', order: DEAREST_FIRST },
};

const SUMS = `
  count(*)::float8 AS requests, coalesce(sum(input_tokens), 0)::float8 AS "inputTokens",
  coalesce(sum(output_tokens), 0)::float8 AS "outputTokens", coalesce(sum(cache_read_tokens), 0)::float8 AS "cacheReadTokens",
  coalesce(sum(cache_write_tokens), 0)::float8 AS "cacheWriteTokens", coalesce(sum(cost_nano), 0)::float8 AS nano`;
const WHERE = `
  WHERE day BETWEEN $1::date AND $2::date AND ($3::uuid IS NULL OR user_id = $3) AND ($4::text IS NULL OR project_id = $4)`;

/** What requests used, as the database has it: those of the last moments may be on their way. */
@Injectable()
export class LedgerTotals {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  async total(filter: UsageFilter): Promise<UsageSums> {
    const sql = `SELECT ${SUMS} FROM claude_requests ${WHERE}`;
    const [row] = await this.dataSource.query<Omit<Row, 'key' | 'name' | 'projectId'>[]>(sql, parameters(filter));
    const { nano = 0, ...sums } = row ?? { ...NOTHING };
    return { ...sums, costUsd: toDollars(nano) };
  }

  async by(group: UsageGroup, filter: UsageFilter): Promise<UsageRow[]> {
    const { key, project, name, order } = GROUPINGS[group];
    const sql = `
      SELECT sums.*, ${name} AS name, project AS "projectId"
      FROM (SELECT ${key} AS key, ${project} AS project, ${SUMS} FROM claude_requests ${WHERE} GROUP BY 1, 2) AS sums
      ORDER BY ${order} LIMIT ${MAX_GROUPS}`;
    const rows = await this.dataSource.query<(Row & { readonly project: unknown })[]>(sql, parameters(filter));
    return rows.map(({ nano, project: _, ...row }) => ({ ...row, costUsd: toDollars(nano) }));
  }
}

const NOTHING = { requests: 0, inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, nano: 0 };

function parameters({ from, to, userId, projectId }: UsageFilter): unknown[] {
  return [from, to, userId ?? null, projectId ?? null];
}
