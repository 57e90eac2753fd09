import { createCache } from 'cache-manager';
import type { CircuitBreaker } from '../../circuit-breaker/circuit-breaker';
import { Cache } from './cache';
import type { RedisClient } from './redis-client';
import { createRedisStore } from './redis-store';

export function createRedisCache(client: RedisClient, breaker: CircuitBreaker): Cache {
  return new Cache(createCache({ stores: [createRedisStore(client, breaker)] }), () => {
    const circuit = breaker.snapshot().state;
    return { kind: 'redis', state: client.isReady && circuit === 'closed' ? 'up' : 'degraded', circuit };
  });
}
