import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { CLAUDE_STATES } from '@holdfast/protocol';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { CONFIG, type Config } from '../../../config/environment';
import { Outbox } from '../../infrastructure/outbox/outbox';
import type { Transaction } from '../../infrastructure/outbox/outbox-handler';
import type { OutboxRecord } from '../../infrastructure/outbox/record';
import { errorMessage } from '../../infrastructure/startup-error';
import { summaryOf } from '../status/claude-state';
import type { ClaudeRecord } from './claude-record';
import { ClaudeSessionEntity } from './claude-session.entity';

const KIND = 'claude.session';
/** Sessions of one user that other nodes hold. */
const MAX_LISTED = 200;

const rowSchema = z.object({
  key: z.string(),
  hostId: z.string(),
  state: z.enum(CLAUDE_STATES),
  since: z.number(),
  until: z.number().nullable(),
  kind: z.string().nullable(),
  message: z.string().nullable(),
  summary: z.string().nullable(),
  updatedAt: z.number(),
});

/** A record may come again, or late; a session that is not there any more is passed over. */
const UPSERT = `
  INSERT INTO claude_sessions (storage_key, host_id, state, since, until, kind, message, summary, updated_at)
  SELECT v.key, v.host_id, v.state, v.since, v.until, v.kind, v.message, v.summary, v.updated_at
  FROM (
    SELECT DISTINCT ON (key) *
    FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::text[], $7::text[], $8::text[],
                $9::timestamptz[])
      AS r (key, host_id, state, since, until, kind, message, summary, updated_at)
    ORDER BY key, updated_at DESC
  ) AS v
  JOIN sessions AS s ON s.storage_key = v.key
  FOR KEY SHARE OF s
  ON CONFLICT (storage_key) DO UPDATE
  SET host_id = excluded.host_id, state = excluded.state, since = excluded.since, until = excluded.until,
      kind = excluded.kind, message = excluded.message, summary = excluded.summary, updated_at = excluded.updated_at
  WHERE claude_sessions.updated_at <= excluded.updated_at`;

/** Claude sessions in the database: what lists and other nodes know of them. Nobody waits for it to be written. */
@Injectable()
export class ClaudeSessionRows implements OnModuleInit {
  private readonly log = new Logger(ClaudeSessionRows.name);

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly outbox: Outbox,
    @InjectDataSource() private readonly database: DataSource,
  ) {}

  onModuleInit(): void {
    this.outbox.register(KIND, applyRows);
  }

  write(record: ClaudeRecord): void {
    const { key, state, updatedAt } = record;
    const { until = null, kind = null, message = null } = state;
    const row = { key, hostId: this.config.nodeName, state: state.state, since: state.since, until, kind, message };
    try {
      this.outbox.append(KIND, { ...row, summary: summaryOf(record) ?? null, updatedAt } satisfies z.output<
        typeof rowSchema
      >);
    } catch (error) {
      // The next change says it again.
      this.log.warn(`The state of a Claude session is not written to the database: ${errorMessage(error)}`);
    }
  }

  /** Of a user, on other nodes; the newest first. */
  elsewhere(ownerId: string): Promise<ClaudeSessionEntity[]> {
    return this.database
      .getRepository(ClaudeSessionEntity)
      .createQueryBuilder('claude')
      .innerJoinAndSelect('claude.session', 'session')
      .where('session.owner_id = :ownerId AND claude.host_id <> :here', { ownerId, here: this.config.nodeName })
      .orderBy('claude.since', 'DESC')
      .limit(MAX_LISTED)
      .getMany();
  }
}

async function applyRows(transaction: Transaction, records: readonly OutboxRecord[]): Promise<void> {
  const rows = records.map(({ payload }) => rowSchema.parse(payload));
  const time = (unixMs: number | null): string | null => (unixMs === null ? null : new Date(unixMs).toISOString());
  await transaction.query(UPSERT, [
    rows.map(({ key }) => key),
    rows.map(({ hostId }) => hostId),
    rows.map(({ state }) => state),
    rows.map(({ since }) => time(since)),
    rows.map(({ until }) => time(until)),
    rows.map(({ kind }) => kind),
    rows.map(({ message }) => message),
    rows.map(({ summary }) => summary),
    rows.map(({ updatedAt }) => time(updatedAt)),
  ]);
}
