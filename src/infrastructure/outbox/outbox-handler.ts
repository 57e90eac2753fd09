import type { OutboxRecord } from './record';

/** What a handler does its work with: a transaction. TypeORM's EntityManager is one. */
export interface Transaction {
  query(sql: string, parameters?: unknown[]): Promise<unknown>;
}

/** Where records go. TypeORM's DataSource is one. */
export interface TransactionalDatabase {
  transaction(work: (transaction: Transaction) => Promise<void>): Promise<void>;
}

/**
 * Applies records of one kind, oldest first. It may see a record again, and older ones after newer ones: both must change
 * nothing.
 */
export type OutboxHandler = (transaction: Transaction, records: readonly OutboxRecord[]) => Promise<void>;

/** Somebody else wrote it, who knows what to do with it. */
export class UnknownKindError extends Error {
  constructor(kind: string) {
    super(`This version knows no records of kind ${kind}.`);
    this.name = 'UnknownKindError';
  }
}

/** Which handler applies which kind. */
export class OutboxHandlers {
  private readonly handlers = new Map<string, OutboxHandler>();

  register(kind: string, handler: OutboxHandler): void {
    this.handlers.set(kind, handler);
  }

  /** All of them or none. Throws `UnknownKindError`. */
  async apply(database: TransactionalDatabase, records: readonly OutboxRecord[]): Promise<void> {
    const byKind = new Map<string, OutboxRecord[]>();
    for (const record of records) byKind.set(record.kind, [...(byKind.get(record.kind) ?? []), record]);
    await database.transaction(async (transaction) => {
      for (const [kind, ofKind] of byKind) {
        const handler = this.handlers.get(kind);
        if (!handler) throw new UnknownKindError(kind);
        await handler(transaction, ofKind);
      }
    });
  }
}
