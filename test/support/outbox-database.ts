import { Pool } from 'pg';
import type { OutboxHandler, TransactionalDatabase } from '../../src/infrastructure/outbox/outbox-handler';

const CONNECT_TIMEOUT_MS = 1_000;

/** The table of the outbox's tests: numbers, which nothing but the record's id keeps from being there twice. */
export const NUMBERS_TABLE = 'CREATE TABLE numbers (id uuid PRIMARY KEY, n int NOT NULL)';
export const NUMBER = 'number';

export const insertNumbers: OutboxHandler = async (transaction, records) => {
  await transaction.query(
    `INSERT INTO numbers (id, n) SELECT * FROM unnest($1::uuid[], $2::int[]) ON CONFLICT (id) DO NOTHING`,
    [records.map(({ id }) => id), records.map(({ payload }) => payload)],
  );
};

/** A plain pool as the outbox's database, for programs without TypeORM. */
export class PoolDatabase implements TransactionalDatabase {
  private readonly pool: Pool;

  constructor(url: string) {
    this.pool = new Pool({ connectionString: url, max: 1, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
    // Of an idle connection: the next transaction dials again.
    this.pool.on('error', () => undefined);
    // Of one in use: its query says so.
    this.pool.on('connect', (client) => client.on('error', () => undefined));
  }

  async transaction(work: Parameters<TransactionalDatabase['transaction']>[0]): Promise<void> {
    const client = await this.pool.connect();
    let failure: Error | undefined;
    try {
      await client.query('BEGIN');
      await work(client);
      await client.query('COMMIT');
    } catch (error) {
      failure = error as Error;
      throw error;
    } finally {
      // A connection in the middle of a transaction is of no use to the next one.
      client.release(failure);
    }
  }

  async rows<T extends object>(sql: string): Promise<T[]> {
    return (await this.pool.query<T>(sql)).rows;
  }

  async close(): Promise<void> {
    await this.pool.end();
  }
}
