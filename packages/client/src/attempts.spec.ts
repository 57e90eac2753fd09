import { BREAKER_PROBE_MS, RETRY_NOW_INTERVAL_MS } from './limits';
import { Harness, type Recorder } from './testing/harness';

const MINUTE = 60_000;
const MINUTES = 15;

interface Case {
  readonly what: string;
  /** Makes the server of a connected client one that fails like this, for ever. */
  readonly fail: (h: Harness) => void;
  /** Attempts that are allowed in the first minute, and in each later one. */
  readonly first: number;
  readonly later: number;
  /** No attempt comes sooner after another, whoever presses what. */
  readonly imposedMs?: number;
  /** The old connection goes on serving, so nobody is told of the breaker. */
  readonly staysOnline?: true;
}

/** Ends what connects now, too. */
function cut(h: Harness): void {
  h.server.peer.socket.end();
}

function refuseWith503(retryAfterMs?: number): Case['fail'] {
  return (h) => {
    h.server.onDial = (socket) => {
      socket.refusal = { status: 503, retryAfterMs };
      return 'refuse';
    };
    cut(h);
  };
}

function closeInsteadOfOpening(
  code: number,
  reason = '',
  error?: { code: string; retryAfterMs: number },
): Case['fail'] {
  return (h) => {
    h.server.onOpen = ({ channel }, peer) => {
      if (error !== undefined) peer.error({ ...error, channel, retryable: true });
      peer.socket.end(code, reason);
      return 'ignore';
    };
    cut(h);
  };
}

/** What the breaker counts. Eight attempts before it opens, when somebody keeps pressing keys, then two a minute. */
const FAILURES: readonly Case[] = [
  {
    what: 'refused TCP connections',
    fail: (h) => {
      h.server.onDial = () => 'refuse';
      cut(h);
    },
    first: 10,
    later: 2,
  },
  {
    what: 'dials that are never answered',
    fail: (h) => {
      h.server.onDial = () => 'ignore';
      cut(h);
    },
    first: 6,
    later: 2,
  },
  { what: 'HTTP 503', fail: refuseWith503(), first: 10, later: 2 },
  { what: 'HTTP 503 with Retry-After: 0', fail: refuseWith503(0), first: 10, later: 2 },
  { what: 'HTTP 503 with Retry-After: 2', fail: refuseWith503(2_000), first: 7, later: 2, imposedMs: 2_000 },
  { what: 'HTTP 503 with Retry-After: 60', fail: refuseWith503(60_000), first: 1, later: 1, imposedMs: 60_000 },
  { what: '1011 before a channel was opened', fail: closeInsteadOfOpening(1011), first: 10, later: 2 },
  { what: '4050 before a channel was opened', fail: closeInsteadOfOpening(4050), first: 10, later: 2 },
  {
    what: 'circuit_open and 4053',
    fail: closeInsteadOfOpening(4053, '{"code":"circuit_open","retryAfterMs":9000}', {
      code: 'circuit_open',
      retryAfterMs: 9_000,
    }),
    first: 6,
    later: 2,
    imposedMs: 9_000,
  },
  {
    what: 'circuit_open and 4053 with a wait longer than the probe',
    fail: closeInsteadOfOpening(4053, '{"code":"circuit_open","retryAfterMs":45000}'),
    first: 2,
    later: 2,
    imposedMs: 45_000,
  },
  {
    what: 'an open that is never answered',
    fail: (h) => {
      h.server.onOpen = () => 'ignore';
      cut(h);
    },
    first: 8,
    later: 2,
  },
  {
    what: 'a goaway whose successors are refused',
    fail: (h) => {
      h.server.onDial = () => 'refuse';
      h.server.peer.send('goaway', { reason: 'deploy', reconnectAfterMs: 0 });
    },
    first: 10,
    later: 2,
    staysOnline: true,
  },
];

/** What works for a moment is no failure, and the breaker stays closed; the ladder's top is 30 s with full jitter: 4 a minute. */
const FLAPS: readonly (Case & { readonly mean: number })[] = [
  {
    what: 'a connection that is cut after every channel was opened',
    fail: (h) => {
      h.server.onOpen = (_, peer) => {
        h.timers.setTimeout(() => peer.socket.end(), 20);
        return undefined;
      };
      cut(h);
    },
    first: 25,
    later: 15,
    mean: 6,
  },
  {
    what: '1012 with a wait of 0, after every channel was opened',
    fail: (h) => {
      h.server.onOpen = (_, peer) => {
        h.timers.setTimeout(() => peer.socket.end(1012, '{"retryAfterMs":0}'), 20);
        return undefined;
      };
      cut(h);
    },
    first: 25,
    later: 15,
    mean: 6,
  },
  {
    what: '1012 with a wait of 0, before a channel was opened',
    fail: closeInsteadOfOpening(1012, '{"retryAfterMs":0}'),
    first: 25,
    later: 15,
    mean: 6,
  },
  {
    // Each of them serves while it waits, so this ladder ends at 4 s: 30 a minute.
    what: 'a goaway with a wait of 0 on every new connection',
    fail: (h) => {
      h.server.onOpen = (_, peer) => {
        h.timers.setTimeout(() => peer.send('goaway', { reason: 'deploy', reconnectAfterMs: 0 }), 20);
        return undefined;
      };
      cut(h);
    },
    first: 60,
    later: 60,
    mean: 45,
  },
];

/** Lehmer's generator: jitter as it is, and the same in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

/** Calls whatever `online` and `visibilitychange` are heard with, in place of a browser. */
class FakePage {
  private readonly scope = new EventTarget();
  private readonly page = Object.assign(new EventTarget(), { visibilityState: 'visible' });

  constructor() {
    Object.assign(globalThis, {
      document: this.page,
      addEventListener: this.scope.addEventListener.bind(this.scope),
      removeEventListener: this.scope.removeEventListener.bind(this.scope),
    });
  }

  wakeUp(): void {
    this.scope.dispatchEvent(new Event('online'));
    this.page.dispatchEvent(new Event('visibilitychange'));
  }

  remove(): void {
    for (const name of ['document', 'addEventListener', 'removeEventListener']) {
      delete (globalThis as unknown as Record<string, unknown>)[name];
    }
  }
}

interface Counted {
  /** When each attempt came, counted from the first failure. */
  readonly attempts: readonly number[];
  readonly perMinute: readonly number[];
  readonly brokenAt: number | undefined;
}

/** Whether somebody sits there and does everything that makes a client try now, several times a second. */
async function count({ fail }: Case, random: () => number, impatient: boolean): Promise<Counted> {
  const page = new FakePage();
  try {
    const h = new Harness();
    h.timers.nextRandom = random;
    const recorder = await h.open();
    await h.advance(11_000);
    const start = h.timers.now();
    const before = h.server.dials.length;
    let brokenAt: number | undefined;
    h.client.on('state', ({ name }) => (brokenAt ??= name === 'broken' ? h.timers.now() - start : undefined));
    fail(h);
    if (impatient) await insist(h, recorder, page);
    else await h.advance(MINUTES * MINUTE);
    const attempts = h.server.dials.slice(before).map(({ at }) => at - start);
    const perMinute = Array.from(
      { length: MINUTES },
      (_, minute) => attempts.filter((at) => Math.floor(at / MINUTE) === minute).length,
    );
    await closed(h);
    return { attempts, perMinute, brokenAt };
  } finally {
    page.remove();
  }
}

async function insist(h: Harness, { terminal }: Recorder, page: FakePage): Promise<void> {
  for (const end = h.timers.now() + MINUTES * MINUTE; h.timers.now() < end;) {
    terminal.write('x');
    h.client.retryNow();
    page.wakeUp();
    await h.advance(249);
  }
}

async function closed(h: Harness): Promise<void> {
  const left = h.client.close();
  await h.advance(5_000);
  await left;
  expect(h.timers.pending).toBe(0);
}

function gaps(attempts: readonly number[]): number[] {
  // Rounded: sums of fractions are a hair off.
  return attempts.slice(1).map((at, index) => Math.round(at - (attempts[index] as number)));
}

const SOMEBODY = [
  ['nobody is there', false],
  ['somebody types, and the network and the tab wake up, four times a second', true],
] as const;

const JITTERS: readonly (readonly [string, () => number])[] = [
  ['the least', () => 0],
  ['the most', () => 0.999],
  ...[1, 2, 3, 4].map((seed) => [`seed ${seed}`, seeded(seed)] as const),
];

describe.each(SOMEBODY)('when %s', (_, impatient) => {
  describe.each(FAILURES)('against $what', (failure) => {
    it.each(JITTERS)('a client stops being a loop, with %s jitter', async (_name, random) => {
      const { attempts, perMinute, brokenAt } = await count(failure, random, impatient);
      const [first, ...later] = perMinute;
      expect(first).toBeLessThanOrEqual(failure.first);
      expect(Math.max(...later)).toBeLessThanOrEqual(failure.later);
      // It does not give up, either.
      expect(Math.min(...later.map((attemptsOf, index) => attemptsOf + (later[index + 1] ?? 1)))).toBeGreaterThan(0);
      for (const gap of gaps(attempts)) expect(gap).toBeGreaterThanOrEqual(failure.imposedMs ?? 0);
      const since = failure.staysOnline ? MINUTE : brokenAt;
      if (since === undefined) throw new Error('the breaker never opened');
      const probes = attempts.filter((at) => at > since);
      expect(probes.length).toBeGreaterThan(MINUTES / 2);
      for (const gap of gaps(failure.staysOnline ? probes : [since, ...probes]))
        expect(gap).toBeGreaterThanOrEqual(BREAKER_PROBE_MS);
    });
  });
});

describe.each(FLAPS)('against $what', (flapping) => {
  it.each(JITTERS.slice(1))('a client climbs the ladder, with %s jitter', async (_name, random) => {
    const { perMinute } = await count(flapping, random, false);
    const [first, ...later] = perMinute;
    expect(first).toBeLessThanOrEqual(flapping.first);
    expect(Math.max(...later)).toBeLessThanOrEqual(flapping.later);
    const mean = later.reduce((sum, attempts) => sum + attempts, 0) / later.length;
    expect(mean).toBeGreaterThan(1);
    expect(mean).toBeLessThanOrEqual(flapping.mean);
  });

  it('nobody gets more than one attempt a second out of it, beside those of the ladder', async () => {
    const { perMinute } = await count(flapping, () => 0.999, true);
    expect(Math.max(...perMinute)).toBeLessThanOrEqual(MINUTE / RETRY_NOW_INTERVAL_MS + flapping.first);
  });
});

describe('a server that refuses to open a terminal on a connection that works', () => {
  it.each([
    ['and says "now"', 0],
    ['and names no time', undefined],
    ['for 30 s', 30_000],
  ])('%s: is asked less and less often', async (_, retryAfterMs) => {
    const h = new Harness();
    h.timers.nextRandom = seeded(7);
    const asked: number[] = [];
    h.server.onOpen = () => {
      asked.push(h.timers.now());
      return { code: 'circuit_open', retryable: true, retryAfterMs };
    };
    await h.open();
    await h.advance(MINUTES * MINUTE);
    expect(h.server.dials).toHaveLength(1);
    expect(asked.length).toBeGreaterThan(MINUTES / 2);
    expect(asked.length).toBeLessThanOrEqual(6 * MINUTES);
    for (const gap of gaps(asked)) expect(gap).toBeGreaterThanOrEqual(retryAfterMs ?? 0);
    await closed(h);
  });
});
