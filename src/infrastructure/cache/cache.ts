import type { Cache as CacheManager } from 'cache-manager';
import type { CircuitState } from '../../circuit-breaker/circuit-breaker';

export type CacheStatus =
  | { readonly kind: 'memory' }
  /** `degraded`: every read is a miss until Redis is back. */
  | { readonly kind: 'redis'; readonly state: 'up' | 'degraded'; readonly circuit: CircuitState };

/**
 * What may be forgotten at any moment. Values are JSON; a read that fails is a miss and a write that fails is dropped, so
 * the truth is never here. A delete may be lost as well: give every value a lifetime that a stale one may have.
 */
export class Cache {
  constructor(
    private readonly cache: CacheManager,
    readonly status: () => CacheStatus,
  ) {}

  async get<T>(key: string): Promise<T | undefined> {
    return (await this.cache.get<T>(key)) ?? undefined;
  }

  async set<T>(key: string, value: T, ttlMs: number): Promise<void> {
    await this.cache.set(key, value, ttlMs);
  }

  async delete(key: string): Promise<void> {
    await this.cache.del(key);
  }
}
