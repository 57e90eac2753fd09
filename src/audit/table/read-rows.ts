import type { SealedRecord } from '../chain/audit-record';
import { AUDIT_COLUMNS, type AuditRow, recordOf } from './audit-row';

/** A connection in a transaction, or a pool: what SQL is given to. */
export type Query = <R extends object>(sql: string, parameters?: unknown[]) => Promise<R[]>;

/** Some megabytes. */
const PAGE = 2_000;

/** Every event of the table, or of one of its partitions, stream by stream and in order. */
export async function* readRows(query: Query, table = 'audit_events'): AsyncGenerator<SealedRecord> {
  const page = `
    SELECT ${AUDIT_COLUMNS} FROM ${table}
    WHERE (stream, seq, at) > ($1, $2, $3) ORDER BY stream, seq, at LIMIT ${PAGE}`;
  let after: [string, string, Date] = ['', '0', new Date(0)];
  for (;;) {
    const rows = await query<AuditRow>(page, after);
    for (const row of rows) yield recordOf(row);
    const last = rows.at(-1);
    if (!last || rows.length < PAGE) return;
    after = [last.stream, last.seq, last.at];
  }
}
