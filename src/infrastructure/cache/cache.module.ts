import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { CONFIG, type Config } from '../../../config/environment';
import { CircuitBreakers } from '../../circuit-breaker/circuit-breakers';
import { Cache } from './cache';
import { createMemoryCache, createRedisCache } from './create-cache';
import { ReadThroughs } from './read-throughs';
import { createRedisClient, type RedisClient } from './redis-client';

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
      useFactory: (client: RedisClient | null, breakers: CircuitBreakers) =>
        client === null ? createMemoryCache() : createRedisCache(client, breakers.of('redis')),
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

/** Not awaited: the server starts and serves without Redis. */
function connect(url: string): RedisClient {
  const client = createRedisClient(url);
  client.connect().catch(() => undefined);
  return client;
}
