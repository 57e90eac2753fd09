import { createHash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { RecoveryCodeEntity } from './recovery-code.entity';
import { toBase32 } from './base32';

const CODES = 10;
/** 80 bits: too many to find one from its hash, so that a fast hash is enough. */
const CODE_BYTES = 10;

/** Codes on paper for when the app is lost: each good once, stored as hashes only. */
@Injectable()
export class RecoveryCodes {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /** New ones, to be shown once; the earlier ones are worth nothing any more. */
  async replace(userId: string): Promise<string[]> {
    const codes = Array.from({ length: CODES }, () => toBase32(randomBytes(CODE_BYTES)));
    await this.dataSource.transaction(async (manager) => {
      await manager.delete(RecoveryCodeEntity, { userId });
      await manager.insert(
        RecoveryCodeEntity,
        codes.map((code) => ({ userId, hash: hashOf(userId, code) })),
      );
    });
    return codes.map((code) => code.toLowerCase().replace(/(.{4})(?=.)/g, '$1-'));
  }

  /** `code` without separators. Of two that use the same one, the deletion succeeds for one. */
  async spend(userId: string, code: string): Promise<boolean> {
    const hash = hashOf(userId, code.toUpperCase());
    const { affected } = await this.dataSource.getRepository(RecoveryCodeEntity).delete({ userId, hash });
    return affected === 1;
  }

  left(userId: string): Promise<number> {
    return this.dataSource.getRepository(RecoveryCodeEntity).countBy({ userId });
  }

  async remove(userId: string): Promise<void> {
    await this.dataSource.getRepository(RecoveryCodeEntity).delete({ userId });
  }
}

function hashOf(userId: string, code: string): string {
  return createHash('sha256').update(`${userId}:${code}`).digest('hex');
}
