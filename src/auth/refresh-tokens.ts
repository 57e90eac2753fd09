import { createHash, createHmac } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { type EntityManager, LessThan } from 'typeorm';
import { Clock } from '../kernel/clock';
import { Ids } from '../kernel/ids';
import { AUTH_KEYS, type AuthKeys } from './auth-secret';
import { RefreshTokenEntity } from './refresh-token.entity';

const TOKEN_BYTES = 32;
/** A client whose answer was lost asks again within this and gets the same successor. */
const GRACE_MS = 10_000;
/** Used tokens are kept this long to recognise reuse; later they are unknown, which is refused as well. */
const KEEP_USED_MS = 7 * 24 * 3600 * 1000;

export type Rotation =
  | { readonly kind: 'rotated'; readonly familyId: string; readonly token: string }
  | { readonly kind: 'reused'; readonly familyId: string }
  | { readonly kind: 'unknown' };

/**
 * Refresh tokens, each good for one use and stored as a hash only. A successor is derived from its predecessor with a
 * key of the server: so the same one can be given again after a lost answer without having been stored.
 */
@Injectable()
export class RefreshTokens {
  constructor(
    private readonly ids: Ids,
    private readonly clock: Clock,
    @Inject(AUTH_KEYS) private readonly keys: AuthKeys,
  ) {}

  /** The first token of a login. */
  async issue(familyId: string, manager: EntityManager): Promise<string> {
    const token = this.ids.secret(TOKEN_BYTES);
    await this.insert(token, familyId, manager);
    return token;
  }

  /** Must run in a transaction: of two at once the second waits, and sees what the first did. */
  async rotate(token: string, manager: EntityManager): Promise<Rotation> {
    const repository = manager.getRepository(RefreshTokenEntity);
    const current = await repository.findOne({
      where: { tokenHash: hashOf(token) },
      lock: { mode: 'pessimistic_write' },
    });
    if (!current) return { kind: 'unknown' };
    const { familyId } = current;
    if (current.usedAt) {
      const isRetry = await this.isRetry(current, manager);
      return isRetry ? { kind: 'rotated', familyId, token: this.successorOf(token) } : { kind: 'reused', familyId };
    }
    const successor = this.successorOf(token);
    const successorId = await this.insert(successor, familyId, manager);
    await repository.update({ id: current.id }, { usedAt: new Date(this.clock.now()), successorId });
    await repository.delete({ familyId, usedAt: LessThan(new Date(this.clock.now() - KEEP_USED_MS)) });
    return { kind: 'rotated', familyId, token: successor };
  }

  private async isRetry({ usedAt, successorId }: RefreshTokenEntity, manager: EntityManager): Promise<boolean> {
    if (!usedAt || successorId === null || this.clock.now() - usedAt.getTime() > GRACE_MS) return false;
    const successor = await manager.getRepository(RefreshTokenEntity).findOneBy({ id: successorId });
    return successor?.usedAt === null;
  }

  private async insert(token: string, familyId: string, manager: EntityManager): Promise<string> {
    const id = this.ids.uuid();
    await manager.getRepository(RefreshTokenEntity).insert({ id, familyId, tokenHash: hashOf(token) });
    return id;
  }

  private successorOf(token: string): string {
    return createHmac('sha256', this.keys.refreshTokens).update(token).digest('base64url');
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
