import { Inject, Injectable, Logger } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { CONFIG, type Config } from '../../../config/environment';
import { isDatabaseUnavailable } from '../../infrastructure/database/database-errors';
import { Clock } from '../../kernel/clock';
import { AuditLog } from '../audit-log';
import { AuditKeys } from '../chain/audit-keys';
import { ChainCheck } from '../chain/chain-check';
import { describeFinding } from '../chain/finding';
import { type Query, readRows } from './read-rows';
import {
  placesAfter,
  type RetainedCheckpoint,
  type RetainedCheckpointRow,
  SELECT_CHECKPOINTS,
} from './retained-checkpoint';

const DAY_MS = 24 * 3600 * 1000;
const PARTITION = /^audit_events_(\d{4})_(\d{2})$/;

const PARTITIONS = `
  SELECT child.relname AS name FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid
  WHERE inhparent = 'audit_events'::regclass ORDER BY child.relname`;
/** Of several processes one does it; the lock goes with the transaction. */
const TRY_LOCK = `SELECT pg_try_advisory_xact_lock(hashtext('holdfast audit retention')) AS locked`;
const EXISTS = `SELECT to_regclass($1) IS NOT NULL AS exists`;
/** Readers are not kept waiting for longer than this behind a drop that waits for others. */
const BE_QUICK = `SET LOCAL lock_timeout = '3s'`;
const INSERT_CHECKPOINT = `
  INSERT INTO audit_checkpoints (stream, first_seq, last_seq, last_mac, month, made_at, signature)
  VALUES ($1, $2, $3, $4, $5, $6, $7)`;

/** Drops months beyond AUDIT_RETENTION_DAYS: looked through and found whole first, and each stream's end signed for. */
@Injectable()
export class AuditRetention {
  private readonly log = new Logger('AuditRetention');

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly keys: AuditKeys,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  async sweep(): Promise<void> {
    const { legalHold, retentionDays } = this.config.audit;
    if (legalHold) return;
    try {
      const partitions = await this.dataSource.query<{ name: string }[]>(PARTITIONS);
      const before = this.clock.now() - retentionDays * DAY_MS;
      for (const { name } of partitions) {
        const month = monthOfPartition(name);
        // Another process is at it: months go in their order.
        if (month && month.end <= before && !(await this.drop(name, month.start))) return;
      }
    } catch (error) {
      if (!isDatabaseUnavailable(error)) this.log.error(error);
    }
  }

  /** False: somebody else is at it, or was faster. */
  private async drop(partition: string, month: string): Promise<boolean> {
    const checkpoints = await this.dataSource.transaction(async (manager) => {
      const query: Query = (sql, parameters) => manager.query(sql, parameters);
      const [lock] = await query<{ locked: boolean }>(TRY_LOCK);
      const [table] = await query<{ exists: boolean }>(EXISTS, [partition]);
      if (!lock?.locked || !table?.exists) return undefined;
      await query(BE_QUICK);
      const checkpoints = await this.look(query, partition, month);
      for (const checkpoint of checkpoints) {
        const { stream, firstSeq, lastSeq, lastMac, madeAt } = checkpoint;
        const signature = this.keys.sign('checkpoint', checkpoint);
        await query(INSERT_CHECKPOINT, [stream, firstSeq, lastSeq, lastMac, month, madeAt, signature]);
      }
      await query(`DROP TABLE ${partition}`);
      return checkpoints;
    });
    if (!checkpoints) return false;
    this.log.log(`${month} was dropped: ${checkpoints.length} streams, each with a signed checkpoint.`);
    const data = { month, streams: checkpoints.length };
    this.audit.record({ code: 'audit.retained', outcome: 'ok', target: { kind: 'month', id: month }, data });
    return true;
  }

  /** Throws when anything in it is not as it was written down: evidence is not dropped. */
  private async look(query: Query, partition: string, month: string): Promise<RetainedCheckpoint[]> {
    const refuse = (what: string): never => {
      throw new Error(`${month} stays, because of what was done to it: ${what}. Run npm run audit:verify.`);
    };
    const earlier = await query<RetainedCheckpointRow>(SELECT_CHECKPOINTS);
    const places = placesAfter(earlier, this.keys, (finding) => refuse(describeFinding(finding)));
    const check = new ChainCheck(this.keys, places, (finding) => refuse(describeFinding(finding)));
    const madeAt = new Date(this.clock.now()).toISOString();
    const checkpoints = new Map<string, RetainedCheckpoint>();
    for await (const record of readRows(query, partition)) {
      check.add(record);
      const { stream, seq, mac } = record;
      const firstSeq = checkpoints.get(stream)?.firstSeq ?? seq;
      checkpoints.set(stream, { stream, firstSeq, lastSeq: seq, lastMac: mac, month, madeAt });
    }
    return [...checkpoints.values()];
  }
}

/** Undefined: not one of ours. */
function monthOfPartition(name: string): { readonly start: string; readonly end: number } | undefined {
  const [, year, month] = PARTITION.exec(name) ?? [];
  if (year === undefined || month === undefined) return undefined;
  return { start: `${year}-${month}-01`, end: Date.UTC(Number(year), Number(month)) };
}
