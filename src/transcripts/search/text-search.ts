import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';

/** What one search may take of the database; then it is told to be more specific. */
const STATEMENT_TIMEOUT_MS = 3_000;

/** About 4 MiB of text: some 30 ms. */
const NEWEST_CHUNKS = 500;

/** A place in the order of results: newest chunk first, and the last line of a chunk first. */
export interface SearchPlace {
  readonly saidAt: number;
  readonly chunk: string;
  readonly line: number;
}

export interface ChunkQuery {
  /** In lower case. */
  readonly text: string;
  /** Only what the projects of this user have. */
  readonly userId: string;
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

  /**
   * Newest first. What is said all the time is in the newest chunks, and looking at those is cheap; what is rare is found with
   * the trigram index, which knows no order. PostgreSQL cannot know which of the two a text is, so both are asked in turn.
   */
  async chunks(query: ChunkQuery): Promise<FoundChunk[]> {
    const newest = await this.select(query, (visible) => [
      `WITH newest AS MATERIALIZED (${visible} ORDER BY text.said_at DESC, text.id DESC LIMIT ${NEWEST_CHUNKS})
       SELECT * FROM newest`,
      'ORDER BY "saidAt" DESC, id DESC',
    ]);
    if (newest.length >= query.limit) return newest;
    // Only as an expression the order cannot lure the planner into reading every chunk in it.
    return this.select(query, (visible) => [
      `SELECT * FROM (${visible}) AS visible`,
      `ORDER BY "saidAt" + interval '0 s' DESC, id DESC`,
    ]);
  }

  private async select(
    { text, limit, ...scope }: ChunkQuery,
    statement: (visible: string) => readonly [select: string, order: string],
  ): Promise<FoundChunk[]> {
    const values: unknown[] = [];
    const value = (item: unknown): string => `$${values.push(item)}`;
    const [select, order] = statement(visibleChunks(scope, value));
    const rows = await this.manager.query<ChunkRow[]>(
      `${select} WHERE folded LIKE ${value(`%${escapeLike(text)}%`)} ${order} LIMIT ${value(limit)}`,
      values,
    );
    return rows.map((row) => ({ ...row, fromOffset: Number(row.fromOffset), saidAt: row.saidAt.getTime() }));
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

type ChunkRow = Omit<FoundChunk, 'fromOffset' | 'saidAt'> & { readonly fromOffset: string; readonly saidAt: Date };

/** The chunks a search may look at. */
function visibleChunks(
  { userId, projectId, sessionId, from }: Omit<ChunkQuery, 'text' | 'limit'>,
  value: (item: unknown) => string,
): string {
  // Asked with the search itself: who was removed a moment ago finds nothing.
  const conditions = [
    `EXISTS (SELECT FROM project_members member
             WHERE member.project_id = session.project_id AND member.user_id = ${value(userId)})`,
  ];
  if (projectId !== undefined) conditions.push(`session.project_id = ${value(projectId)}`);
  if (sessionId !== undefined) conditions.push(`session.id = ${value(sessionId)}`);
  if (from !== undefined) {
    conditions.push(
      `(text.said_at, text.id) <= (to_timestamp(${value(from.saidAt)}::bigint / 1000.0), ${value(from.chunk)}::bigint)`,
    );
  }
  return `SELECT text.id, session.id AS "sessionId", session.project_id AS "projectId", session.name, session.title,
                 text.epoch, text.from_offset AS "fromOffset", text.body, text.folded,
                 text.line_offsets AS "lineOffsets", text.said_at AS "saidAt"
          FROM transcript_text text JOIN sessions session USING (storage_key)
          WHERE ${conditions.join(' AND ')}`;
}

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}
