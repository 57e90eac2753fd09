import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../../test/support/eventually';
import { TestRedis } from '../../../test/support/redis';
import type { TestServer } from '../../../test/support/server';
import { TestCluster } from '../../../test/support/test-cluster';
import { inflictFaults, type Lane } from '../faults';
import { Rig } from '../rig';
import { PATIENCE_MS, PROCESS_DEATH, STABLE_MS, type Row, type RowContext } from '../row';

/** How long a store is away. */
const REDIS_AWAY_MS = 2_000;
const POSTGRES_AWAY_MS = 60_000;
const SHORT_AWAY_MS = 2_000;

interface StoresLane extends Lane {
  readonly redis: TestRedis;
  readonly postgres: TestCluster;
}

async function startWithStores(context: RowContext): Promise<StoresLane> {
  const redis = await context.hold(TestRedis.start());
  const postgres = await context.hold(TestCluster.start({ synchronous_commit: 'on' }));
  const env = { DATABASE_URL: postgres.url(), REDIS_URL: redis.url };
  return { redis, postgres, rig: await context.hold(Rig.start({ env, supervised: true })) };
}

async function ready(server: TestServer): Promise<void> {
  await eventually(async () => {
    const { status } = await fetch(`${server.baseUrl}/health/ready`);
    if (status !== 200) throw new Error(`/health/ready answers ${status}`);
  }, PATIENCE_MS);
}

/** The terminal must work all the time, not only afterwards. */
async function servesFor(rig: Rig, ms: number): Promise<void> {
  const end = performance.now() + ms;
  do {
    await rig.serves();
    await sleep(Math.min(500, Math.max(0, end - performance.now())));
  } while (performance.now() < end);
}

export const redisSigkill: Row = {
  name: 'redis-sigkill',
  title: 'Redis SIGKILL, and back after 2 s',
  runs: { short: 1, full: 3 },
  target: PROCESS_DEATH,
  run: (context) =>
    inflictFaults<StoresLane>(context, {
      lanes: 1,
      start: startWithStores,
      inflict: async ({ rig, redis }) => {
        await redis.kill();
        await servesFor(rig, context.short ? SHORT_AWAY_MS : REDIS_AWAY_MS);
        await redis.run();
        await ready(rig.server);
      },
    }),
};

export const postgresStop: Row = {
  name: 'postgres-stop',
  title: 'PostgreSQL stopped at once, back after 60 s',
  runs: { short: 1, full: 1 },
  target: PROCESS_DEATH,
  run: (context) =>
    inflictFaults<StoresLane>(context, {
      lanes: 1,
      start: startWithStores,
      inflict: async ({ rig, postgres }) => {
        await postgres.goAway();
        await servesFor(rig, context.short ? SHORT_AWAY_MS : POSTGRES_AWAY_MS);
        await postgres.comeBack();
        await ready(rig.server);
      },
    }),
};

/** Everything that a gateway might ask at its start is away when the next one takes over. */
export const bothAway: Row = {
  name: 'both-away-gateway-kill',
  title: 'Redis and PostgreSQL away, and a gateway SIGKILL',
  runs: { short: 1, full: 2 },
  target: PROCESS_DEATH,
  run: (context) =>
    inflictFaults<StoresLane>(context, {
      lanes: 1,
      start: startWithStores,
      ready: ({ rig }) => rig.server.gateways.settled(),
      calm: ({ rig }) => rig.connectedFor(STABLE_MS),
      inflict: async ({ rig, redis, postgres }) => {
        await redis.kill();
        await postgres.goAway();
        const { reconnects } = await rig.status();
        rig.server.gateways.kill();
        await rig.reconnected(reconnects);
        await servesFor(rig, SHORT_AWAY_MS);
        await postgres.comeBack();
        await redis.run();
        await ready(rig.server);
      },
    }),
};
