import { FakeClock } from '../../../test/support/fake-clock';
import { InMemoryControlBus } from '../control-bus/in-memory-control-bus';
import { databaseUnavailable } from '../database/database-errors';
import type { Cache } from './cache';
import { createMemoryCache } from './memory-cache';
import { ReadThrough } from './read-through';

const OPTIONS = { name: 'role', ttlMs: 60_000, negativeTtlMs: 1500 };
const HOUR_MS = 3_600_000;

/** The truth, and how often it was asked for. */
class FakeDatabase {
  value: string | null = 'first';
  reads = 0;
  isAway = false;
  private held: (() => void)[] | undefined;

  readonly load = async (): Promise<string | null> => {
    this.reads++;
    if (this.isAway) throw databaseUnavailable();
    const { value } = this;
    if (this.held) await new Promise<void>((resolve) => this.held?.push(resolve));
    return value;
  };

  /** Answers are on the way until `release`. */
  hold(): void {
    this.held = [];
  }

  release(): void {
    for (const answer of this.held?.splice(0) ?? []) answer();
    this.held = undefined;
  }
}

function node(cache: Cache, clock = new FakeClock(), random = 0.5) {
  const bus = new InMemoryControlBus();
  return { bus, clock, roles: new ReadThrough<string>(OPTIONS, { cache, bus, clock, random: () => random }) };
}

/** Until everything that only waits for promises has happened. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('ReadThrough', () => {
  let database: FakeDatabase;
  let cache: Cache;

  beforeEach(() => {
    database = new FakeDatabase();
    cache = createMemoryCache();
  });

  it('asks once for a hundred who ask at the same time, also when the value has just expired', async () => {
    const { roles } = node(cache);
    const hundred = () => Promise.all(Array.from({ length: 100 }, () => roles.get('key', database.load)));
    expect(new Set(await hundred())).toEqual(new Set(['first']));
    expect(database.reads).toBe(1);
    await cache.delete('role:key');
    await hundred();
    expect(database.reads).toBe(2);
  });

  it('asks once for everybody when that fails, too, and again afterwards', async () => {
    const { roles } = node(cache);
    const failing = jest.fn(() => Promise.reject(new Error('broken')));
    const results = await Promise.allSettled([roles.get('key', failing), roles.get('key', failing)]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(failing).toHaveBeenCalledTimes(1);
    await expect(roles.get('key', database.load)).resolves.toBe('first');
  });

  it('shares what it read with other processes', async () => {
    await node(cache).roles.get('key', database.load);
    await expect(node(cache).roles.get('key', database.load)).resolves.toBe('first');
    expect(database.reads).toBe(1);
  });

  it('spreads lifetimes by a tenth, and believes in absence for a moment only', async () => {
    const lifetimes: number[] = [];
    const watched = Object.assign(createMemoryCache(), {
      set: (_key: string, _value: unknown, ttlMs: number) => Promise.resolve(void lifetimes.push(ttlMs)),
    });
    for (const random of [0, 0.5, 1]) await node(watched, new FakeClock(), random).roles.get('key', database.load);
    database.value = null;
    await node(watched).roles.get('key', database.load);
    expect(lifetimes).toEqual([54_000, 60_000, 66_000, 1500]);
  });

  it('serves what was known last while the database is away, for an hour', async () => {
    const { roles, clock } = node(cache);
    await roles.get('key', database.load);
    await cache.delete('role:key');
    database.isAway = true;
    clock.advance(HOUR_MS - 1);
    await expect(roles.get('key', database.load)).resolves.toBe('first');
    await expect(roles.get('other', database.load)).rejects.toMatchObject({ code: 'database_unavailable' });
    clock.advance(1);
    await expect(roles.get('key', database.load)).rejects.toMatchObject({ code: 'database_unavailable' });
  });

  it('does not serve old values for errors that say something else', async () => {
    const { roles } = node(cache);
    await roles.get('key', database.load);
    await cache.delete('role:key');
    await expect(roles.get('key', () => Promise.reject(new Error('a mistake')))).rejects.toThrow('a mistake');
  });

  it('forgets on every node at once what was invalidated on one, last known values as well', async () => {
    const [one, other] = [node(createMemoryCache()), node(createMemoryCache())];
    one.bus.join(other.bus);
    for (const { roles } of [one, other]) await roles.get('key', database.load);
    database.value = 'second';
    await one.roles.invalidate('key');
    await expect(other.roles.get('key', database.load)).resolves.toBe('second');
    await one.roles.invalidate('key');
    database.isAway = true;
    await expect(other.roles.get('key', database.load)).rejects.toMatchObject({ code: 'database_unavailable' });
  });

  it('never stores a value whose load began before the invalidation', async () => {
    const { roles } = node(cache);
    database.hold();
    const early = roles.get('key', database.load);
    await settled();
    database.value = 'second';
    await roles.invalidate('key');
    // Who asks after the change does not get the answer from before it.
    const late = roles.get('key', database.load);
    await settled();
    database.release();
    await expect(early).resolves.toBe('first');
    await expect(late).resolves.toBe('second');
    await expect(roles.get('key', database.load)).resolves.toBe('second');
    expect(database.reads).toBe(2);
  });

  it('takes back what a slower process stored in the shared cache after the invalidation', async () => {
    const [one, other] = [node(cache), node(cache)];
    one.bus.join(other.bus);
    database.hold();
    const slow = other.roles.get('key', database.load);
    await settled();
    database.value = 'second';
    await one.roles.invalidate('key');
    database.release();
    await slow;
    await settled();
    await expect(one.roles.get('key', database.load)).resolves.toBe('second');
  });

  it('believes nothing of others after a gap in what it heard, until that has expired', async () => {
    const [one, other] = [node(cache), node(cache, new FakeClock(), 0.7)];
    await one.roles.get('key', database.load);
    database.value = 'second';
    other.bus.reconnect();
    await expect(other.roles.get('key', database.load)).resolves.toBe('second');
    await other.roles.get('key', database.load);
    expect(database.reads).toBe(2);
    other.clock.advance(66_000);
    await cache.set('role:key', { value: 'of another', by: 'x' }, 60_000);
    await expect(other.roles.get('key', database.load)).resolves.toBe('of another');
  });
});
