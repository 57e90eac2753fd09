import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';

/** What one search may take of the database; then it is told to be more specific. */
const STATEMENT_TIMEOUT_MS = 3_000;

/** A place in the order of results: newest chunk first, and the last line of a chunk first. */
export interface SearchPlace {
  readonly saidAt: number;
  readonly chunk: string;
  readonly line: number;
}

export interface ChunkQuery {
  /** In lower case. */
  readonly text: string;
  /** Only what this user may see; absent: everything. */
  readonly userId?: string;
  readonly projectId?: string;
  readonly sessionId?: string;
  /** From this chunk on, it included. */
  readonly from?: SearchPlace;
  readonly limit: number;
}

/** A chunk in which the text is. */
export interface FoundChunk {
  readonly id: string;
  readonly sessionId: string;
  readonly projectId: string;
  readonly name: string | null;
  readonly title: string;
  readonly epoch: string;
  readonly fromOffset: number;
  readonly saidAt: number;
  readonly body: string;
  readonly lineOffsets: readonly number[];
}

export interface Neighbours {
  readonly before: string;
  readonly after: string;
}

/** The reading side of the search index in PostgreSQL. */
@Injectable()
export class TextSearch {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /** Runs queries that are cancelled when they take long; `isStatementTimeout` tells. */
  run<T>(queries: (search: ChunkSearch) => Promise<T>): Promise<T> {
    return this.dataSource.transaction(async (manager) => {
      await manager.query(`SET LOCAL statement_timeout = ${STATEMENT_TIMEOUT_MS}`);
      return queries(new ChunkSearch(manager));
    });
  }
}

export class ChunkSearch {
  constructor(private readonly manager: EntityManager) {}

  async chunks(query: ChunkQuery): Promise<FoundChunk[]> {
    const values: unknown[] = [];
    const value = (item: unknown): string => `$${values.push(item)}`;
    const conditions = [`text.folded LIKE ${value(`%${escapeLike(query.text)}%`)}`];
    const { userId, projectId, sessionId, from } = query;
    if (userId !== undefined) {
      // Asked with the search itself: who was removed a moment ago finds nothing.
      conditions.push(
        `EXISTS (SELECT FROM project_members member
                 WHERE member.project_id = session.project_id AND member.user_id = ${value(userId)})`,
      );
    }
    if (projectId !== undefined) conditions.push(`session.project_id = ${value(projectId)}`);
    if (sessionId !== undefined) conditions.push(`session.id = ${value(sessionId)}`);
    if (from !== undefined) {
      conditions.push(
        `(text.said_at, text.id) <= (to_timestamp(${value(from.saidAt)}::bigint / 1000.0), ${value(from.chunk)}::bigint)`,
      );
    }
    const rows = await this.manager.query<(Omit<FoundChunk, 'fromOffset' | 'saidAt'> & Record<string, string>)[]>(
      `SELECT text.id, session.id AS "sessionId", session.project_id AS "projectId", session.name, session.title,
              text.epoch, text.from_offset AS "fromOffset", text.body, text.line_offsets AS "lineOffsets",
              round(extract(epoch FROM text.said_at) * 1000)::bigint AS "saidAt"
       FROM transcript_text text JOIN sessions session USING (storage_key)
       WHERE ${conditions.join(' AND ')}
       ORDER BY text.said_at DESC, text.id DESC
       LIMIT ${value(query.limit)}`,
      values,
    );
    return rows.map((row) => ({ ...row, fromOffset: Number(row['fromOffset']), saidAt: Number(row['saidAt']) }));
  }

  /** What was said right before and after these chunks. */
  async neighbours(ids: readonly string[]): Promise<ReadonlyMap<string, Neighbours>> {
    if (ids.length === 0) return new Map();
    const rows = await this.manager.query<{ id: string; before: string; after: string }[]>(
      `SELECT text.id, coalesce(previous.body, '') AS before, coalesce(next.body, '') AS after
       FROM transcript_text text
       LEFT JOIN LATERAL (
         SELECT body FROM transcript_text other
         WHERE other.storage_key = text.storage_key AND other.epoch = text.epoch AND other.from_offset < text.from_offset
         ORDER BY other.from_offset DESC LIMIT 1) previous ON true
       LEFT JOIN LATERAL (
         SELECT body FROM transcript_text other
         WHERE other.storage_key = text.storage_key AND other.epoch = text.epoch AND other.from_offset > text.from_offset
         ORDER BY other.from_offset LIMIT 1) next ON true
       WHERE text.id = ANY ($1)`,
      [ids],
    );
    return new Map(rows.map(({ id, before, after }) => [id, { before, after }]));
  }
}

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}
