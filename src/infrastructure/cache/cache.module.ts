import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { CONFIG, type Config } from '../../../config/environment';
import { CircuitBreakers } from '../../circuit-breaker/circuit-breakers';
import { Cache } from './cache';
import { createMemoryCache } from './memory-cache';
import { ReadThroughs } from './read-throughs';
import type { RedisClient } from './redis-client';

const REDIS_CLIENT = Symbol('REDIS_CLIENT');

@Global()
@Module({
  providers: [
    {
      provide: REDIS_CLIENT,
      inject: [CONFIG],
      useFactory: ({ redisUrl }: Config) => (redisUrl === undefined ? null : connect(redisUrl)),
    },
    ReadThroughs,
    {
      provide: Cache,
      inject: [REDIS_CLIENT, CircuitBreakers],
      useFactory: async (client: RedisClient | null, breakers: CircuitBreakers) => {
        if (client === null) return createMemoryCache();
        const { createRedisCache } = await import('./redis-cache.js');
        return createRedisCache(client, breakers.of('redis'));
      },
    },
  ],
  exports: [Cache, ReadThroughs],
})
export class CacheModule implements OnApplicationShutdown {
  constructor(@Inject(REDIS_CLIENT) private readonly client: RedisClient | null) {}

  onApplicationShutdown(): void {
    if (this.client?.isOpen) this.client.destroy();
  }
}

/**
 * Loaded only when there is a Redis: its client is a thousand files, a fifth of what a gateway has to load. The connection is not
 * awaited: the server starts and serves without Redis.
 */
async function connect(url: string): Promise<RedisClient> {
  const { createRedisClient } = await import('./redis-client.js');
  const client = createRedisClient(url);
  client.connect().catch(() => undefined);
  return client;
}
