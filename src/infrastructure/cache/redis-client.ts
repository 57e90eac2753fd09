import { Logger } from '@nestjs/common';
import { createClient } from 'redis';
import { errorCode, errorMessage } from '../startup-error';

const CONNECT_TIMEOUT_MS = 2000;
const PING_INTERVAL_MS = 10_000;
const FIRST_RETRY_MS = 50;
const MAX_RETRY_MS = 3000;
const JITTER_MS = 100;

export type RedisClient = ReturnType<typeof createRedisClient>;

/** A client that connects, and comes back, on its own. Commands fail at once while it is away: nothing waits for Redis. */
export function createRedisClient(url: string) {
  const logger = new Logger('Redis');
  const client = createClient({
    url,
    disableOfflineQueue: true,
    pingInterval: PING_INTERVAL_MS,
    socket: {
      connectTimeout: CONNECT_TIMEOUT_MS,
      reconnectStrategy: (retries) =>
        Math.min(FIRST_RETRY_MS * 2 ** Math.min(retries, 10), MAX_RETRY_MS) + Math.random() * JITTER_MS,
    },
  });
  let isAway = false;
  // Without a listener the first lost connection would end the process; one line tells as much as one for each retry.
  client.on('error', (error: unknown) => {
    if (!isAway) logger.warn(`Redis is away: ${errorCode(error) ?? errorMessage(error)}`);
    isAway = true;
  });
  client.on('ready', () => {
    if (isAway) logger.log('Redis is back.');
    isAway = false;
  });
  return client;
}
