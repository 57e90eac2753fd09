import { loadConfig } from '../../config/environment';
import { AccessEvents } from '../auth/access-events';
import type { Principal } from '../auth/principal';
import { InMemoryControlBus } from '../infrastructure/control-bus/in-memory-control-bus';
import type { DomainError } from '../kernel/domain-error';
import { ConnectionStats } from './connection-stats';
import { Connections, type Departure } from './connections';
import type { LiveConnection } from './live-connection';
import type { Holding } from './seat';

/** A socket whose peer answers as the test says. */
class FakeConnection implements LiveConnection {
  readonly closes: number[] = [];
  readonly hints: number[] = [];
  readonly dismissed: string[] = [];
  pings = 0;
  destroyed = false;
  answers = true;
  private alive = true;

  constructor(
    readonly principal: Principal,
    readonly projectIds: readonly string[] = [],
  ) {}

  get holdings(): Holding[] {
    return this.projectIds.map((projectId) => ({
      key: `session:${projectId}`,
      projectId,
      rights: { role: 'viewer', manages: false, guest: { shareId: 'share', access: 'view', expiresAtMs: Infinity } },
    }));
  }

  dismiss(isMeant: (holding: Holding) => boolean, { code }: DomainError): void {
    for (const holding of this.holdings) if (isMeant(holding)) this.dismissed.push(`${holding.projectId} ${code}`);
  }

  tell(): void {
    return;
  }

  takeLife(): boolean {
    const { alive } = this;
    this.alive = false;
    return alive;
  }

  ping(): void {
    this.pings++;
    this.alive = this.answers;
  }

  goAway(_: string, reconnectAfterMs: number): void {
    this.hints.push(reconnectAfterMs);
  }

  close(code: number): void {
    this.closes.push(code);
  }

  destroy(): void {
    this.destroyed = true;
  }
}

const HEARTBEAT_MS = 30_000;

function principal(userId: string, loginId = `login of ${userId}`): Principal {
  return { userId, email: `${userId}@test.local`, role: 'member', loginId, expiresAtMs: Number.MAX_SAFE_INTEGER };
}

let access: AccessEvents;
let stats: ConnectionStats;
let connections: Connections;

beforeEach(() => {
  jest.useFakeTimers();
  access = new AccessEvents(new InMemoryControlBus());
  stats = new ConnectionStats();
  connections = new Connections(loadConfig({ WS_HEARTBEAT_INTERVAL: String(HEARTBEAT_MS) }), access, stats);
  connections.onModuleInit();
});
afterEach(() => {
  connections.onModuleDestroy();
  jest.useRealTimers();
});

function add(connection: FakeConnection): FakeConnection {
  connections.add(connection);
  return connection;
}

it('pings, and closes a socket that was silent for two heartbeats', () => {
  const [lively, silent] = [add(new FakeConnection(principal('a'))), add(new FakeConnection(principal('b')))];
  silent.answers = false;
  jest.advanceTimersByTime(2 * HEARTBEAT_MS);
  expect(silent.closes).toEqual([]);
  jest.advanceTimersByTime(HEARTBEAT_MS);
  expect([silent.closes, silent.destroyed]).toEqual([[4008], true]);
  expect([lively.closes, lively.pings]).toEqual([[], 3]);
});

it('throws out exactly those whose access was taken away', () => {
  const one = add(new FakeConnection(principal('a', 'one'), ['shared']));
  const two = add(new FakeConnection(principal('a', 'two'), ['own']));
  const other = add(new FakeConnection(principal('b'), ['shared']));
  access.emitHere('login.revoked', { loginId: 'one' });
  expect([one.closes, two.closes, other.closes]).toEqual([[4003], [], []]);
  access.emitHere('membership.changed', { userId: 'b', projectId: 'own' });
  expect(other.closes).toEqual([]);
  access.emitHere('membership.changed', { userId: 'b', projectId: 'shared' });
  expect(other.closes).toEqual([4003]);
  access.emitHere('user.revoked', { userId: 'a' });
  expect(two.closes).toEqual([4003]);
});

it('closes the sockets of a deleted project with 4004', () => {
  const inside = add(new FakeConnection(principal('a'), ['gone']));
  const outside = add(new FakeConnection(principal('b'), ['stays']));
  access.emitHere('project.deleted', { projectId: 'gone' });
  expect([inside.closes, outside.closes]).toEqual([[4004], []]);
});

const departure = { reason: 'deploy', timeoutMs: 5_000, othersAccept: true } as const;

function drain(how: Departure): Promise<void> {
  connections.sendAway(how);
  return connections.left(how.timeoutMs);
}

function addMany(count: number): FakeConnection[] {
  return Array.from({ length: count }, (_, i) => add(new FakeConnection(principal(`u${i}`))));
}

it('asks everybody to move, at most 250 in a second, and goes on serving them', async () => {
  const all = addMany(750);
  const drained = drain(departure);
  const hints = all.map(({ hints: [hint = -1] }) => hint);
  expect(hints.every((hint) => hint >= 0 && hint <= 3_000)).toBe(true);
  expect(Math.max(...hints)).toBeGreaterThan(2_500);
  expect(all.every(({ closes }) => closes.length === 0)).toBe(true);
  for (const connection of all) connections.remove(connection);
  await drained;
  expect(all.every(({ closes }) => closes.length === 0)).toBe(true);
});

it('closes who did not move in time with 1012', async () => {
  const [moved, stays] = addMany(2) as [FakeConnection, FakeConnection];
  const drained = drain(departure);
  connections.remove(moved);
  await jest.advanceTimersByTimeAsync(4_999);
  expect(stays.closes).toEqual([]);
  await jest.advanceTimersByTimeAsync(1);
  await drained;
  expect([moved.closes, stays.closes]).toEqual([[], [1012]]);
});

it('closes everybody at once when there is no time', async () => {
  const [connection] = addMany(1);
  await drain({ ...departure, timeoutMs: 0 });
  expect([connection?.hints.length, connection?.closes]).toEqual([1, [1012]]);
});

it('sends late arrivals on when others accept, and has them refused when nobody does', async () => {
  const drained = drain(departure);
  expect(connections.refusesNew).toBe(false);
  expect(add(new FakeConnection(principal('late'))).hints).toHaveLength(1);
  await drained;
  await drain({ ...departure, timeoutMs: 0, othersAccept: false });
  expect(connections.refusesNew).toBe(true);
});

it('counts what is open', () => {
  const connection = add(new FakeConnection(principal('a')));
  expect([connections.size, stats.connections]).toEqual([1, 1]);
  connections.remove(connection);
  expect([connections.size, stats.connections]).toEqual([0, 0]);
});
