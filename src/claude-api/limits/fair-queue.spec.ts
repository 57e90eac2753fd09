import { FakeClock } from '../../../test/support/fake-clock';
import { FairQueue, type Passenger, type QueueRefusal } from './fair-queue';
import { RateBudget } from './rate-budget';

const HOLD_MS = 45_000;

function setUp(places = 4) {
  const clock = new FakeClock();
  const budget = new RateBudget(clock);
  const queue = new FairQueue(places, budget, clock);
  const order: string[] = [];
  const held: number[] = [];
  const enter = (userId: string, more: Partial<Passenger> = {}): Promise<(() => void) | QueueRefusal> => {
    const passenger: Passenger = {
      userId,
      priority: 'interactive',
      model: 'm',
      inputTokens: 1,
      outputTokens: 1,
      deadline: clock.monotonic() + HOLD_MS,
      signal: new AbortController().signal,
      onHeld: (until) => held.push(until - clock.monotonic()),
      ...more,
    };
    return queue.enter(passenger).then(
      (leave) => {
        order.push(userId);
        return leave;
      },
      (error: unknown) => error as QueueRefusal,
    );
  };
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    queue.pump();
    await Promise.resolve();
  };
  return { clock, budget, queue, order, held, enter, pass };
}

function leave(place: (() => void) | QueueRefusal): void {
  if (typeof place !== 'function') throw place;
  place();
}

describe('FairQueue', () => {
  it('lets so many in, and the next when one leaves, once for each', async () => {
    const { queue, enter } = setUp(2);
    const [first] = await Promise.all([enter('a'), enter('b')]);
    const third = enter('c');
    expect([queue.active, queue.waiting]).toEqual([2, 1]);
    leave(first);
    leave(first);
    leave(await third);
    expect([queue.active, queue.waiting]).toEqual([1, 0]);
  });

  it('keeps a quarter of the places free of any one user', async () => {
    const { queue, enter, order } = setUp(4);
    void Array.from({ length: 10 }, () => enter('greedy'));
    await enter('other');
    expect(order).toEqual(['greedy', 'greedy', 'greedy', 'other']);
    expect(queue.active).toBe(4);
  });

  it('holds everybody while the key is limited, tells them until when, and goes on by itself', async () => {
    const { budget, enter, held, order, pass } = setUp();
    budget.limited('m', 6_000);
    const both = Promise.all([enter('a'), enter('b')]);
    expect(held).toEqual([6_000, 6_000]);
    await pass(5_999);
    expect(order).toEqual([]);
    await pass(1);
    await pass(100);
    await both;
    expect(order).toEqual(['a', 'b']);
  });

  it('refuses at once who would wait for too long, and says until when', async () => {
    const { budget, clock, enter } = setUp();
    budget.limited('m', 120_000);
    const refusal = (await enter('a')) as QueueRefusal;
    expect([refusal.reason, refusal.until - clock.monotonic()]).toEqual(['limit', 120_000]);
  });

  it('refuses who waits already when the limit turns out to last longer', async () => {
    const { budget, queue, enter } = setUp();
    budget.limited('m', 10_000);
    const waiting = enter('a');
    budget.limited('m', 120_000);
    queue.pump();
    expect(await waiting).toMatchObject({ reason: 'limit' });
    expect(queue.waiting).toBe(0);
  });

  it('refuses who found no place in time', async () => {
    const { enter, pass } = setUp(1);
    await enter('a');
    const waiting = enter('b');
    await pass(HOLD_MS);
    expect(await waiting).toMatchObject({ reason: 'busy' });
  });

  it('refuses more than so many of one user, and of all', async () => {
    const { queue, enter } = setUp(1);
    await enter('first');
    for (let i = 0; i < 100; i++) void enter('greedy');
    expect(await enter('greedy')).toMatchObject({ reason: 'busy' });
    for (let user = 0; user < 9; user++) for (let i = 0; i < 100; i++) void enter(`user-${user}`);
    expect(queue.waiting).toBe(1_000);
    expect(await enter('late')).toMatchObject({ reason: 'busy' });
  });

  it('forgets who has gone, also one who was gone before', async () => {
    const { queue, enter } = setUp(1);
    await enter('a');
    const abort = new AbortController();
    const waiting = enter('b', { signal: abort.signal });
    abort.abort(new Error('gone'));
    expect(await waiting).toMatchObject({ message: 'gone' });
    expect(await enter('b', { signal: abort.signal })).toMatchObject({ message: 'gone' });
    expect(queue.waiting).toBe(0);
  });
});
