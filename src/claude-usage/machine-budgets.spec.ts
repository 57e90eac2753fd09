import fc from 'fast-check';
import { DomainError } from '../kernel/domain-error';
import type { BudgetKind, Reservation } from './claude-budgets';
import { toDollars, toNano } from './claude-prices';
import { BudgetRig, MODEL, RESERVED_OUTPUT, spender, used } from './test-support/budget-rig';

const ALICE = spender('alice');
const BOB = spender('bob');
/** At 1 dollar a million: held as 1.25 dollars. */
const MILLION = { model: MODEL, estimatedInputTokens: 1_000_000, maxTokens: 0 };
const DAY_MS = 86_400_000;

let rig: BudgetRig;
afterEach(() => rig.remove());

function refusal(of: () => unknown): DomainError {
  try {
    of();
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
  throw new Error('It was not refused.');
}

function spent(kind: BudgetKind, who = ALICE): { used: number; reserved: number } {
  const state = rig.budgets.states(who).find((one) => one.kind === kind);
  return { used: toDollars(state?.used ?? -1), reserved: toDollars(state?.reserved ?? -1) };
}

describe('Budgets', () => {
  it('refuse one user what would exceed their day, and let another work', () => {
    rig = new BudgetRig({ claudeUserDailyUsd: 2 });
    rig.budgets.reserve(ALICE, MILLION).settle(used({ inputTokens: 1_500_000 }));
    const error = refusal(() => rig.budgets.reserve(ALICE, MILLION));
    expect(error.code).toBe('budget_exceeded');
    expect(error.message).toContain('$2.00 a day, $1.50 used');
    expect(error.message).toContain('2030-01-02 00:00 UTC');
    expect(error.options.details).toMatchObject({
      budget: 'user',
      setting: 'claudeUserDailyUsd',
      limitUsd: 2,
      usedUsd: 1.5,
      neededUsd: 1.25,
      resetsAt: '2030-01-02T00:00:00.000Z',
    });
    expect(rig.budgets.reserve(BOB, MILLION).nano).toBe(toNano(1.25));
  });

  it.each([
    ['project', { claudeProjectDailyUsd: 1.5 }, spender('bob', 'web'), spender('bob', 'other')],
    ['total', { claudeTotalDailyUsd: 1.5 }, spender('bob', 'other'), undefined],
  ] as const)('of a %s count everybody in it', (kind, settings, refused, allowed) => {
    rig = new BudgetRig(settings);
    rig.budgets.reserve(ALICE, MILLION).settle(used({ inputTokens: 1_000_000 }));
    expect(refusal(() => rig.budgets.reserve(refused, MILLION)).options.details).toMatchObject({ budget: kind });
    if (allowed) rig.budgets.reserve(allowed, MILLION);
  });

  it('start anew with the next day in UTC', () => {
    rig = new BudgetRig({ claudeUserDailyUsd: 1.5 });
    rig.budgets.reserve(ALICE, MILLION).settle(used({ inputTokens: 1_400_000 }));
    refusal(() => rig.budgets.reserve(ALICE, MILLION));
    rig.clock.advance(DAY_MS / 2 - 1);
    refusal(() => rig.budgets.reserve(ALICE, MILLION));
    rig.clock.advance(1);
    rig.budgets.reserve(ALICE, MILLION);
  });

  it('charge a request to the day on which it began', () => {
    rig = new BudgetRig();
    const late = rig.budgets.reserve(ALICE, MILLION);
    rig.clock.advance(DAY_MS / 2);
    late.settle(used({ inputTokens: 1_000_000 }));
    expect(spent('user')).toEqual({ used: 0, reserved: 0 });
    expect([...rig.ledger.values()][0]?.running.at).toBe(Date.UTC(2030, 0, 1, 12));
  });

  it('say that it may go again in a moment when only requests that run keep the money', () => {
    rig = new BudgetRig({ claudeUserDailyUsd: 2 });
    const running = rig.budgets.reserve(ALICE, MILLION);
    const error = refusal(() => rig.budgets.reserve(ALICE, MILLION));
    expect(error.options).toMatchObject({ retryable: true, retryAfterMs: 5_000 });
    expect(error.message).toContain('$1.25 are held');
    running.release();
    rig.budgets.reserve(ALICE, MILLION);
  });

  it('of zero refuse everything, and those that are raised let it through at once', () => {
    rig = new BudgetRig({ claudeUserDailyUsd: 0 });
    expect(refusal(() => rig.budgets.reserve(ALICE, MILLION)).options.retryable).toBe(false);
    rig.settings = { ...rig.settings, claudeUserDailyUsd: 'unlimited' };
    rig.budgets.reserve(ALICE, MILLION);
  });

  it('charge what was held when an answer said nothing that could be read', () => {
    rig = new BudgetRig();
    rig.budgets.reserve(ALICE, MILLION).settle(used({ known: false, complete: false }));
    expect(spent('user')).toEqual({ used: 1.25, reserved: 0 });
  });

  it('count one end of a request, whatever is said afterwards', () => {
    rig = new BudgetRig();
    const held = rig.budgets.reserve(ALICE, MILLION);
    held.settle(used({ inputTokens: 1_000_000 }));
    held.settle(used({ inputTokens: 1_000_000 }));
    held.release();
    expect(spent('user').used).toBe(1);
    expect(rig.ledger.size).toBe(1);
  });

  it('count what other machines spent, and what the database still has when the journal is lost', () => {
    rig = new BudgetRig({ claudeUserDailyUsd: 3 });
    const row = { user_id: 'alice', project_id: 'web' };
    rig.elsewhere.others.add({ ...row, own: false, nano: toNano(1) });
    rig.elsewhere.own.add({ ...row, own: true, nano: toNano(0.5) });
    expect(spent('user').used).toBe(1.5);
    rig.budgets.reserve(ALICE, MILLION).settle(used({ inputTokens: 600_000 }));
    expect(spent('user').used).toBe(1.6);
    expect(spent('total').used).toBe(1.6);
  });
});

describe('A leader that dies', () => {
  it('leaves what was spent to the next one, and what was held for requests it cut off is charged, once', () => {
    rig = new BudgetRig();
    rig.budgets.reserve(ALICE, MILLION).settle(used({ inputTokens: 500_000 }));
    rig.budgets.reserve(ALICE, MILLION);
    for (let process = 0; process < 3; process++) {
      rig.next();
      expect(spent('user')).toEqual({ used: 1.75, reserved: 0 });
    }
    expect([...rig.ledger.values()].map(({ nano, complete }) => [toDollars(nano), complete])).toEqual([
      [0.5, true],
      [1.25, false],
    ]);
  });

  it('may end its last requests while the next one leads already: both are counted', () => {
    rig = new BudgetRig();
    const last = rig.budgets.reserve(ALICE, MILLION);
    const before = rig.next({ alive: true });
    expect(spent('user')).toEqual({ used: 0, reserved: 1.25 });
    rig.budgets.reserve(ALICE, MILLION).settle(used({ inputTokens: 300_000 }));
    const running = rig.budgets.reserve(ALICE, MILLION);
    last.settle(used({ inputTokens: 200_000 }));
    before.endThePreviousOne();
    expect(spent('user')).toEqual({ used: 0.5, reserved: 1.25 });
    running.settle(used({ inputTokens: 100_000 }));
    rig.next();
    expect(spent('user')).toEqual({ used: 0.6, reserved: 0 });
    expect(rig.ledger.size).toBe(3);
  });
});

describe('The numbers of a session', () => {
  it('are sums over its requests; its context is that of its conversation, not of helpers and subagents', () => {
    rig = new BudgetRig({ claudeUserDailyUsd: 100 });
    expect(rig.numbers.of(ALICE)).toBeUndefined();
    const request = (model: string, usage: Parameters<typeof used>[0], conversation = true): void =>
      rig.budgets.reserve(ALICE, { model, estimatedInputTokens: 10, maxTokens: 10, conversation }).settle(used(usage));
    request('helper', { inputTokens: 50 });
    request(MODEL, { inputTokens: 1_000, cacheReadTokens: 9_000, outputTokens: 100 });
    request('helper', { inputTokens: 60, outputTokens: 5 });
    request(MODEL, { inputTokens: 50_000 }, false);
    expect(rig.numbers.of(ALICE)).toMatchObject({
      model: MODEL,
      inputTokens: 51_110,
      outputTokens: 105,
      contextTokens: 10_100,
      contextLimit: 200_000,
      budgetUsd: 100,
    });
    const before = rig.numbers.of(ALICE);
    rig.next();
    expect(rig.numbers.of(ALICE)).toEqual(before);
    expect(rig.numbers.of(ALICE)?.todayUsd).toBe(before?.costUsd);
  });
});

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('reserve' as const),
      user: fc.constantFrom('alice', 'bob', 'carol'),
      project: fc.constantFrom('web', 'app'),
      input: fc.nat(2_000_000),
      output: fc.nat(4 * RESERVED_OUTPUT),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('settle' as const),
      which: fc.nat(),
      input: fc.nat(3_000_000),
      output: fc.nat(8 * RESERVED_OUTPUT),
      known: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('release' as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('die' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), hours: fc.nat(14) }) },
);

it('Budgets are never exceeded by more than the estimates were wrong, whatever happens in which order', () => {
  rig = new BudgetRig();
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      rig.remove();
      rig = new BudgetRig({ claudeUserDailyUsd: 3, claudeProjectDailyUsd: 4, claudeTotalDailyUsd: 6 });
      let running: Reservation[] = [];
      let [error, day] = [0, ''];
      for (const one of steps) {
        const which = 'which' in one && running.length > 0 ? running[one.which % running.length] : undefined;
        const today = new Date(rig.clock.now()).toISOString().slice(0, 10);
        if (today !== day) [error, day] = [0, today];
        switch (one.do) {
          case 'reserve':
            try {
              running.push(
                rig.budgets.reserve(spender(one.user, one.project), {
                  ...{ model: MODEL, estimatedInputTokens: one.input, maxTokens: one.output },
                }),
              );
            } catch (refused) {
              expect((refused as DomainError).code).toBe('budget_exceeded');
            }
            break;
          case 'settle': {
            const usage = used({ inputTokens: one.input, outputTokens: one.output, known: one.known });
            which?.settle(usage);
            if (which && one.known) error += Math.max(0, rig.prices.cost(MODEL, usage) - which.nano);
            running = running.filter((other) => other !== which);
            break;
          }
          case 'release':
            which?.release();
            running = running.filter((other) => other !== which);
            break;
          case 'die':
            rig.next();
            running = [];
            break;
          case 'wait':
            rig.clock.advance(one.hours * 3_600_000);
        }
        // What a leader that died left is charged when somebody asks.
        spent('total');
        const now = new Date(rig.clock.now()).toISOString().slice(0, 10);
        const ofToday = [...rig.ledger.values()].filter(
          ({ running: { at } }) => new Date(at).toISOString().slice(0, 10) === now,
        );
        for (const user of ['alice', 'bob', 'carol']) {
          for (const project of ['web', 'app']) {
            for (const { kind, limit = 0, used: sum, reserved } of rig.budgets.states(spender(user, project))) {
              expect(sum + reserved).toBeLessThanOrEqual(limit + (now === day ? error : 0));
              const mine = ofToday.filter(
                ({ running: { spender: by } }) =>
                  kind === 'total' || (kind === 'user' ? by.userId === user : by.projectId === project),
              );
              // The ledger and the counters agree to the last billionth.
              expect(mine.reduce((all, { nano }) => all + nano, 0)).toBe(sum);
            }
          }
        }
      }
    }),
    { numRuns: 40 },
  );
});
