import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { DataSource } from 'typeorm';
import { FakeClock } from '../../../test/support/fake-clock';
import { loadConfig } from '../../../config/environment';
import { InMemoryControlBus } from '../../infrastructure/control-bus/in-memory-control-bus';
import { RandomIds } from '../../kernel/ids';
import type { RuntimeSettings } from '../../settings/runtime-settings';
import { initialSettings, type Settings } from '../../settings/settings';
import type { ClaudeSpender } from '../claude-budgets';
import { ClaudePrices } from '../claude-prices';
import { ClaudeUsageNumbers } from '../claude-usage-numbers';
import { CurrentSpending } from '../current-spending';
import type { ClaudeLedger, LedgerEntry } from '../ledger/claude-ledger';
import { LedgerSums, type SpendingElsewhere, type SpentElsewhere } from '../ledger/spending-elsewhere';
import { BudgetLimits } from '../limits/budget-limits';
import { MachineBudgets } from '../machine-budgets';
import { SpendingBook } from '../spending-book';
import { NO_TOKENS, type MeteredUsage } from '../token-usage';

/** A million input tokens cost 1 dollar, written to the cache 1.25, output 10. */
export const MODEL = 'test-model';
export const RESERVED_OUTPUT = 1_000;

/** The budgets of one machine, on files of their own, without a database. */
export class BudgetRig {
  readonly directory = fs.mkdtempSync(path.join(os.tmpdir(), 'hf-budgets-'));
  readonly clock = new FakeClock(Date.UTC(2030, 0, 1, 12));
  readonly ledger = new Map<string, LedgerEntry>();
  readonly elsewhere: SpentElsewhere = { others: new LedgerSums(), own: new LedgerSums() };
  settings: Settings;
  budgets: MachineBudgets;
  numbers: ClaudeUsageNumbers;
  private book: SpendingBook;
  private readonly config = loadConfig({
    DATA_DIR: this.directory,
    CLAUDE_PRICES: JSON.stringify({ [MODEL]: { input: 1, output: 10 } }),
    CLAUDE_RESERVED_OUTPUT_TOKENS: String(RESERVED_OUTPUT),
  });
  readonly prices = new ClaudePrices(this.config.claudeUsage.prices, RESERVED_OUTPUT);

  constructor(settings: Partial<Settings> = {}) {
    this.settings = { ...initialSettings(this.config), ...settings };
    [this.book, this.budgets, this.numbers] = this.process();
  }

  /** Another process leads from now on. `alive`: the one before has not ended yet. */
  next({ alive = false } = {}): { endThePreviousOne: () => void } {
    const { book } = this;
    if (!alive) book.onApplicationShutdown();
    [this.book, this.budgets, this.numbers] = this.process();
    return { endThePreviousOne: () => book.onApplicationShutdown() };
  }

  remove(): void {
    this.book.onApplicationShutdown();
    fs.rmSync(this.directory, { recursive: true, force: true });
  }

  private process(): [SpendingBook, MachineBudgets, ClaudeUsageNumbers] {
    const ledger: Pick<ClaudeLedger, 'add'> = {
      // As PostgreSQL does it: what is there already stays.
      add: (entry) => void (this.ledger.has(entry.running.id) || this.ledger.set(entry.running.id, entry)),
    };
    const elsewhere: Pick<SpendingElsewhere, 'of'> = { of: () => this.elsewhere };
    const book = new SpendingBook(this.config, this.clock, ledger as ClaudeLedger);
    const current = new CurrentSpending(this.prices, book, elsewhere as SpendingElsewhere, this.clock);
    const now = (): Settings => this.settings;
    const settings = {
      get current() {
        return now();
      },
    } as RuntimeSettings;
    const limits = new BudgetLimits(settings, {} as DataSource, new InMemoryControlBus());
    const budgets = new MachineBudgets(settings, limits, this.clock, new RandomIds(), current);
    return [book, budgets, new ClaudeUsageNumbers(current, budgets)];
  }
}

export function spender(user: string, project = 'web', session = `${user}-in-${project}`): ClaudeSpender {
  const sessionKey = `${session}:${project}`;
  return { sessionKey, sessionId: session, projectId: project, userId: user, purpose: 'session' };
}

export function used(usage: Partial<MeteredUsage> = {}): MeteredUsage {
  return { ...NO_TOKENS, complete: true, known: true, ...usage };
}
