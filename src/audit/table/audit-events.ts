import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import type { SealedRecord } from '../chain/audit-record';
import type { AuditFilter } from '../rest/audit.schemas';
import { AUDIT_COLUMNS, type AuditRow, recordOf } from './audit-row';

/** Of the last event of the page before. */
export interface AuditPosition {
  readonly at: string;
  readonly stream: string;
  readonly seq: number;
}

/** Of an export in one look at the table: a few megabytes at most. */
const EXPORT_PAGE = 1_000;

/** Looks events up. They are written through the outbox. */
@Injectable()
export class AuditEvents {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /** Newest first. */
  async list(filter: AuditFilter, limit: number, after?: AuditPosition): Promise<SealedRecord[]> {
    const { conditions, parameters } = conditionsOf(filter);
    if (after) {
      parameters.push(after.at, after.stream, after.seq);
      const [at, stream, seq] = [2, 1, 0].map((back) => `$${parameters.length - back}`);
      conditions.push(`(at, stream, seq) < (${at}::timestamptz, ${stream}::text, ${seq}::bigint)`);
    }
    parameters.push(limit);
    const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
    const rows = await this.dataSource.query<AuditRow[]>(
      `SELECT ${AUDIT_COLUMNS} FROM audit_events ${where}
       ORDER BY at DESC, stream DESC, seq DESC LIMIT $${parameters.length}`,
      parameters,
    );
    return rows.map(recordOf);
  }

  /** All of them, newest first, a page at a time. */
  async *all(filter: AuditFilter): AsyncGenerator<SealedRecord> {
    let after: AuditPosition | undefined;
    for (;;) {
      const page = await this.list(filter, EXPORT_PAGE, after);
      yield* page;
      after = page.at(-1);
      if (page.length < EXPORT_PAGE) return;
    }
  }
}

function conditionsOf({ code, actor, target, outcome, from, to }: AuditFilter): {
  conditions: string[];
  parameters: unknown[];
} {
  const conditions: string[] = [];
  const parameters: unknown[] = [];
  /** `?` stands for the value. */
  const add = (condition: string, value: string | undefined): void => {
    if (value === undefined) return;
    parameters.push(value);
    conditions.push(condition.replaceAll('?', `$${parameters.length}::text`));
  };
  if (code?.endsWith('*')) add('starts_with(code, ?)', code.slice(0, -1));
  else add('code = ?', code);
  add('(actor_id = ? OR lower(actor_email) = lower(?))', actor);
  add(`(target_id = ? OR target_kind || ':' || target_id = ?)`, target);
  add('outcome = ?', outcome);
  add('at >= ?::timestamptz', from);
  add('at < ?::timestamptz', to);
  return { conditions, parameters };
}
