import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, IsNull } from 'typeorm';
import { UserEntity } from '../users/user.entity';

/** One look serves a burst of opens; a second user counts at most this late. */
const FRESH_MS = 5_000;

/** Whether more than one person can log in. */
@Injectable()
export class Tenancy {
  private known: { readonly many: boolean; readonly at: number } | undefined;

  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /** As last known while the database is away; nothing known counts as many. */
  async hasManyUsers(): Promise<boolean> {
    if (this.known && performance.now() - this.known.at < FRESH_MS) return this.known.many;
    try {
      const enabled = await this.dataSource.getRepository(UserEntity).countBy({ disabledAt: IsNull() });
      this.known = { many: enabled > 1, at: performance.now() };
    } catch {
      return this.known?.many ?? true;
    }
    return this.known.many;
  }
}
