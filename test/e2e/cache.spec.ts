import { SystemClock } from '../../src/kernel/clock';
import { CircuitBreakers } from '../../src/circuit-breaker/circuit-breakers';
import type { Cache } from '../../src/infrastructure/cache/cache';
import { createMemoryCache } from '../../src/infrastructure/cache/memory-cache';
import { createRedisCache } from '../../src/infrastructure/cache/redis-cache';
import { createRedisClient, type RedisClient } from '../../src/infrastructure/cache/redis-client';
import { describeCache } from '../contract/cache.contract';
import { eventually } from '../support/eventually';
import { TestRedis } from '../support/redis';

const LONG_MS = 60_000;
const SETTINGS = { threshold: 5, windowMs: 60_000, resetTimeoutMs: 50 };

function connect(redis: TestRedis): { cache: Cache; client: RedisClient } {
  const client = createRedisClient(redis.url);
  client.connect().catch(() => undefined);
  return { client, cache: createRedisCache(client, new CircuitBreakers(SETTINGS, new SystemClock()).of('redis')) };
}

const isUp = (cache: Cache) => eventually(() => expect(cache.status()).toMatchObject({ state: 'up' }));

describeCache('The memory of the process', async () => ({ cache: createMemoryCache(), close: async () => undefined }));

describeCache('Redis', async () => {
  const redis = await TestRedis.start();
  const { cache, client } = connect(redis);
  await isUp(cache);
  return {
    cache,
    close: async () => {
      client.destroy();
      await redis.stop();
    },
  };
});

describe('A cache in Redis', () => {
  let redis: TestRedis;
  let cache: Cache;
  let client: RedisClient;

  beforeEach(async () => {
    redis = await TestRedis.start();
    ({ cache, client } = connect(redis));
    await isUp(cache);
    await cache.set('key', 'value', LONG_MS);
  });

  afterEach(async () => {
    client.destroy();
    await redis.stop();
  });

  it('misses while Redis is dead, and works again when it is back', async () => {
    await redis.kill();
    for (let i = 0; i < 20; i++) await expect(cache.get('key')).resolves.toBeUndefined();
    await cache.set('key', 'lost', LONG_MS);
    await cache.delete('key');
    expect(cache.status()).toMatchObject({ kind: 'redis', state: 'degraded', circuit: 'open' });
    await redis.run();
    await eventually(async () => {
      await cache.set('key', 'again', LONG_MS);
      expect(await cache.get('key')).toBe('again');
    });
    await isUp(cache);
  });

  it('misses while Redis hangs, and stops asking', async () => {
    redis.pause();
    for (let i = 0; i < 6; i++) await expect(cache.get('key')).resolves.toBeUndefined();
    expect(cache.status()).toMatchObject({ state: 'degraded' });
    redis.resume();
    await eventually(async () => expect(await cache.get('key')).toBe('value'));
  });

  it('keeps its keys apart from those of others, and leaves theirs alone', async () => {
    await client.set('key', 'of somebody else');
    await cache.delete('key');
    await expect(client.get('key')).resolves.toBe('of somebody else');
    await expect(client.keys('*')).resolves.toEqual(['key']);
  });
});

it('A server starts and serves without the Redis it was told about', async () => {
  const redis = await TestRedis.start();
  await redis.kill();
  const { cache, client } = connect(redis);
  await expect(cache.get('key')).resolves.toBeUndefined();
  await redis.run();
  await isUp(cache);
  client.destroy();
  await redis.stop();
});
