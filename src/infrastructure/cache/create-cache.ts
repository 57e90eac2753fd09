import { createCache } from 'cache-manager';
import { Keyv } from 'keyv';
import type { CircuitBreaker } from '../../circuit-breaker/circuit-breaker';
import { BoundedMap } from './bounded-map';
import { Cache } from './cache';
import type { RedisClient } from './redis-client';
import { createRedisStore } from './redis-store';

/** Entries of the in-process cache. They are small records: a few megabytes at most. */
const MAX_ENTRIES = 10_000;

export function createMemoryCache(): Cache {
  const store = new Keyv({ store: new BoundedMap<string, unknown>(MAX_ENTRIES), useKeyPrefix: false });
  return new Cache(createCache({ stores: [store] }), () => ({ kind: 'memory' }));
}

export function createRedisCache(client: RedisClient, breaker: CircuitBreaker): Cache {
  return new Cache(createCache({ stores: [createRedisStore(client, breaker)] }), () => {
    const circuit = breaker.snapshot().state;
    return { kind: 'redis', state: client.isReady && circuit === 'closed' ? 'up' : 'degraded', circuit };
  });
}
