import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import { isForeignKeyViolation } from '../../infrastructure/database/database-errors';
import { Ids } from '../../kernel/ids';
import type { ResumePoint } from '../plain-text/resume-point';
import type { TextChunk } from './text-chunks';

/** A gateway that died holds a session for so long. Renewed with every write. */
const LEASE_SECONDS = 60;
/** A busy database cancels this work: nobody waits for it, and the breaker should not take it for an outage. */
const STATEMENT_TIMEOUT_MS = 4_000;
/** Text kept of one session; the oldest goes first. About a thousand chunks. */
export const MAX_INDEXED_BYTES = 8 * 1024 * 1024;

export interface IndexedEpoch {
  readonly key: string;
  readonly epoch: string;
}

/** The right to index one session, for a while. */
export interface Claim extends IndexedEpoch {
  readonly resume: ResumePoint;
  readonly indexedTo: number;
}

export interface DatedChunk extends TextChunk {
  /** When the last of it was output, in Unix milliseconds. */
  readonly saidAt: number;
}

export interface IndexStep {
  /** From the last resume point on; they replace what is there. */
  readonly chunks: readonly DatedChunk[];
  readonly resume: ResumePoint;
  readonly indexedTo: number;
}

/** Another gateway has the session now, or it was deleted. */
export class ClaimLostError extends Error {
  constructor({ key }: IndexedEpoch) {
    super(`the claim on ${key} is lost`);
  }
}

/** The writing side of the search index in PostgreSQL. */
@Injectable()
export class TextIndex {
  private readonly claimant: string;

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    ids: Ids,
  ) {
    this.claimant = ids.uuid();
  }

  /** How far each of these is indexed; what is absent was never looked at. */
  async positions(keys: readonly string[]): Promise<(IndexedEpoch & { readonly indexedTo: number })[]> {
    const rows = await this.dataSource.query<{ storage_key: string; epoch: string; indexed_to: string }[]>(
      'SELECT storage_key, epoch, indexed_to FROM transcript_positions WHERE storage_key = ANY ($1)',
      [keys],
    );
    return rows.map((row) => ({ key: row.storage_key, epoch: row.epoch, indexedTo: Number(row.indexed_to) }));
  }

  /** Undefined: another gateway is at it, or the database does not know the session (yet, or any more). */
  async claim({ key, epoch }: IndexedEpoch): Promise<Claim | undefined> {
    try {
      const [row] = await this.dataSource.query<{ resume_offset: string; resume_state: number; indexed_to: string }[]>(
        `INSERT INTO transcript_positions AS position (storage_key, epoch, claimed_by, claimed_until)
         VALUES ($1, $2, $3, now() + make_interval(secs => $4))
         ON CONFLICT (storage_key, epoch) DO UPDATE
           SET claimed_by = excluded.claimed_by, claimed_until = excluded.claimed_until
           WHERE position.claimed_by IS NULL OR position.claimed_by = excluded.claimed_by OR position.claimed_until < now()
         RETURNING resume_offset, resume_state, indexed_to`,
        [key, epoch, this.claimant, LEASE_SECONDS],
      );
      if (!row) return undefined;
      const resume = { offset: Number(row.resume_offset), state: row.resume_state };
      return { key, epoch, resume, indexedTo: Number(row.indexed_to) };
    } catch (error) {
      if (isForeignKeyViolation(error)) return undefined;
      throw error;
    }
  }

  /** Chunks and position at once, so that a restart finds either both or none. Throws `ClaimLostError`. */
  async write(claim: IndexedEpoch, { chunks, resume, indexedTo }: IndexStep): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await manager.query(`SET LOCAL statement_timeout = ${STATEMENT_TIMEOUT_MS}`);
      const before = await this.lock(manager, claim);
      await this.deleteFrom(manager, claim, before);
      if (chunks.length > 0) await this.insert(manager, claim, chunks);
      await manager.query(
        `UPDATE transcript_positions
         SET resume_offset = $3, resume_state = $4, indexed_to = $5, claimed_until = now() + make_interval(secs => $6)
         WHERE storage_key = $1 AND epoch = $2`,
        [claim.key, claim.epoch, resume.offset, resume.state, indexedTo, LEASE_SECONDS],
      );
    });
  }

  /** Removes what the transcript does not hold any more, and the oldest beyond the bound. */
  async prune({ key, epoch }: IndexedEpoch, transcriptStart: number): Promise<void> {
    await this.dataSource.query(
      'DELETE FROM transcript_text WHERE storage_key = $1 AND epoch = $2 AND to_offset <= $3',
      [key, epoch, transcriptStart],
    );
    await this.dataSource.query(
      `DELETE FROM transcript_text WHERE id IN (
         SELECT id FROM (
           SELECT id, sum(octet_length(body)) OVER (ORDER BY said_at DESC, id DESC) AS total
           FROM transcript_text WHERE storage_key = $1
         ) AS newest_first WHERE total > $2
       )`,
      [key, MAX_INDEXED_BYTES],
    );
  }

  async release({ key, epoch }: IndexedEpoch): Promise<void> {
    await this.dataSource.query(
      `UPDATE transcript_positions SET claimed_by = NULL, claimed_until = NULL
       WHERE storage_key = $1 AND epoch = $2 AND claimed_by = $3`,
      [key, epoch, this.claimant],
    );
  }

  /** Returns from where on chunks are provisional. */
  private async lock(manager: EntityManager, claim: IndexedEpoch): Promise<number> {
    const [row] = await manager.query<{ resume_offset: string }[]>(
      `SELECT resume_offset FROM transcript_positions
       WHERE storage_key = $1 AND epoch = $2 AND claimed_by = $3 FOR UPDATE`,
      [claim.key, claim.epoch, this.claimant],
    );
    if (!row) throw new ClaimLostError(claim);
    return Number(row.resume_offset);
  }

  private async deleteFrom(manager: EntityManager, { key, epoch }: IndexedEpoch, offset: number): Promise<void> {
    await manager.query('DELETE FROM transcript_text WHERE storage_key = $1 AND epoch = $2 AND from_offset >= $3', [
      key,
      epoch,
      offset,
    ]);
  }

  private async insert(
    manager: EntityManager,
    { key, epoch }: IndexedEpoch,
    chunks: readonly DatedChunk[],
  ): Promise<void> {
    await manager.query(
      `INSERT INTO transcript_text (storage_key, epoch, from_offset, to_offset, said_at, body, folded, line_offsets)
       SELECT $1, $2, "fromOffset", "toOffset", to_timestamp("saidAt" / 1000.0), body, folded,
              ARRAY(SELECT value::int FROM jsonb_array_elements_text("lineOffsets") WITH ORDINALITY AS o (value, n) ORDER BY n)
       FROM jsonb_to_recordset($3) AS chunk
         ("fromOffset" bigint, "toOffset" bigint, "saidAt" bigint, body text, folded text, "lineOffsets" jsonb)`,
      [key, epoch, JSON.stringify(chunks)],
    );
  }
}
