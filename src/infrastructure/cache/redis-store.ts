import { type CacheManagerStore, KeyvAdapter } from 'cache-manager';
import { redisInsStore } from 'cache-manager-redis-yet';
import { Keyv } from 'keyv';
import type { CircuitBreaker } from '../../circuit-breaker/circuit-breaker';
import type { RedisClient } from './redis-client';

/** A cache that answers later than this is slower than asking the database. */
const BUDGET_MS = 100;
const KEY_PREFIX = 'holdfast:cache:';

/**
 * Redis as a store of cache-manager. A Redis that is slow, hung or gone is a miss, never an error: every call has a
 * budget, and behind an open circuit none is made.
 */
export function createRedisStore(client: RedisClient, breaker: CircuitBreaker): Keyv {
  // The package is written against redis 4; the commands it uses are the same in 6.
  const raw = redisInsStore(client as unknown as Parameters<typeof redisInsStore>[0]);
  const guarded = <T>(call: () => Promise<T>, miss: T) => breaker.run(() => withinBudget(call)).catch(() => miss);
  const store: CacheManagerStore = {
    name: 'redis',
    // The package prefixes some keys and not others, so all of it is done here.
    get: (key) => guarded(() => raw.get<unknown>(prefixed(key)), undefined),
    set: (key, value, ttl) => guarded(() => raw.set(prefixed(key), value, ttl), undefined),
    del: (key) => guarded(() => raw.del(prefixed(key)), undefined),
    mget: (...keys) =>
      guarded(
        () => raw.mget(...keys.map(prefixed)),
        keys.map(() => undefined),
      ),
    mset: (data, ttl) =>
      guarded(
        () =>
          raw.mset(
            Object.entries(data).map(([k, v]) => [prefixed(k), v]),
            ttl,
          ),
        undefined,
      ),
    mdel: (...keys) => guarded(() => raw.mdel(...keys.map(prefixed)), undefined),
    ttl: (key) => guarded(() => raw.ttl(prefixed(key)), -1),
    keys: () => Promise.reject(new Error('KEYS would block a Redis that others share.')),
    reset: () => Promise.reject(new Error('FLUSHDB would empty a Redis that others share.')),
    on: () => undefined,
  };
  return new Keyv({ store: new KeyvAdapter(store), useKeyPrefix: false });
}

function prefixed(key: string): string {
  return `${KEY_PREFIX}${key}`;
}

async function withinBudget<T>(call: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const budget = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('Redis took too long')), BUDGET_MS);
  });
  const result = call();
  // Its failure after the budget has nobody to tell.
  result.catch(() => undefined);
  try {
    return await Promise.race([result, budget]);
  } finally {
    clearTimeout(timer);
  }
}
