import { BudgetRig, MODEL, spender, used } from '../../claude-usage/test-support/budget-rig';
import type { ClaudeRecord } from '../records/claude-record';
import type { ClaudeStatus } from './claude-status';
import { UsageNotes } from './usage-notes';

const ALICE = spender('alice');
const MILLION = { model: MODEL, estimatedInputTokens: 1_000_000, maxTokens: 0 };

let rig: BudgetRig;
let notes: UsageNotes;
let record: ClaudeRecord | undefined;
beforeEach(() => {
  rig = new BudgetRig({ claudeUserDailyUsd: 2 });
  record = { key: ALICE.sessionKey } as ClaudeRecord;
  const status: Pick<ClaudeStatus, 'change'> = {
    change: async (key, change) => (key === ALICE.sessionKey ? (record = change(record)) : undefined),
  };
  notes = new UsageNotes(rig.budgets, rig.numbers, status as ClaudeStatus);
  notes.onModuleInit();
});
afterEach(() => {
  notes.onModuleDestroy();
  rig.remove();
});

function ask(inputTokens: number): void {
  rig.budgets.reserve(ALICE, MILLION).settle(used({ inputTokens }));
}

describe('The record of a session', () => {
  it('has what the session cost after each request', () => {
    ask(400_000);
    ask(100_000);
    expect(record?.usage).toMatchObject({ costUsd: 0.5, todayUsd: 0.5, budgetUsd: 2, contextTokens: 100_000 });
  });

  it('says that the budget is used up, until something can be paid again', () => {
    ask(1_000_000);
    expect(() => ask(1)).toThrow();
    expect(record?.notice).toMatchObject({
      kind: 'budget',
      active: true,
      text: expect.stringContaining('$1.00 used') as string,
    });
    rig.settings = { ...rig.settings, claudeUserDailyUsd: 10 };
    ask(1);
    expect(record?.notice).toBeUndefined();
  });

  it('keeps a notice that matters more, and says nothing of what goes on by itself', () => {
    const running = rig.budgets.reserve(ALICE, MILLION);
    expect(() => ask(1)).toThrow();
    expect(record?.notice).toBeUndefined();
    running.settle(used({ inputTokens: 1_000_000 }));
    record = { ...record, notice: { kind: 'interrupted', active: true, text: 'x' } } as ClaudeRecord;
    expect(() => ask(1)).toThrow();
    expect(record.notice?.kind).toBe('interrupted');
  });
});
