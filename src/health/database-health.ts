import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { Outbox, type OutboxStats } from '../infrastructure/outbox/outbox';

/** A write that waits longer is late: the database is away, or cannot keep up. */
const LATE_MS = 60_000;

/** The database, and what waits for it. */
@Injectable()
export class DatabaseHealth {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly waiting: Outbox,
  ) {}

  async ping(): Promise<void> {
    await this.dataSource.query('SELECT 1');
  }

  outbox(): OutboxStats & { readonly isLate: boolean } {
    const stats = this.waiting.stats();
    return { ...stats, isLate: stats.oldestAgeMs > LATE_MS || stats.state === 'memory' };
  }
}
