import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import type { StreamHead } from '../chain/audit-record';

const RECENT = `SELECT DISTINCT stream FROM audit_events WHERE at > $1`;

const HEADS = `
  SELECT head.stream, head.seq, head.mac
  FROM unnest($1::text[]) AS wanted (stream)
  CROSS JOIN LATERAL (
    SELECT stream, seq, mac FROM audit_events WHERE audit_events.stream = wanted.stream ORDER BY seq DESC LIMIT 1
  ) AS head`;

interface HeadRow {
  readonly stream: string;
  readonly seq: string;
  readonly mac: string;
}

/** Where streams stand in the database. */
@Injectable()
export class AuditHeads {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /** Streams with an event after `since`. */
  async streamsSince(since: Date): Promise<string[]> {
    const rows = await this.dataSource.query<{ stream: string }[]>(RECENT, [since]);
    return rows.map(({ stream }) => stream);
  }

  /** Of those streams that have an event. */
  async of(streams: readonly string[]): Promise<StreamHead[]> {
    const rows = await this.dataSource.query<HeadRow[]>(HEADS, [streams]);
    return rows.map(({ stream, seq, mac }) => ({ stream, seq: Number(seq), mac }));
  }
}
