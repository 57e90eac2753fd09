import { Module } from '@nestjs/common';
import { CONFIG, type Config } from '../../config/environment';
import { ClaudeBudgets } from './claude-budgets';
import { ClaudePrices } from './claude-prices';
import { ClaudeUsageNumbers } from './claude-usage-numbers';
import { CurrentSpending } from './current-spending';
import { ClaudeLedger } from './ledger/claude-ledger';
import { SpendingElsewhere } from './ledger/spending-elsewhere';
import { BudgetLimits } from './limits/budget-limits';
import { MachineBudgets } from './machine-budgets';
import { SpendingBook } from './spending-book';

/** What requests may cost, and what they did. The API gateway asks it; what shows it is in ClaudeUsageModule. */
@Module({
  providers: [
    ClaudeLedger,
    SpendingElsewhere,
    SpendingBook,
    CurrentSpending,
    BudgetLimits,
    ClaudeUsageNumbers,
    {
      provide: ClaudePrices,
      inject: [CONFIG],
      useFactory: ({ claudeUsage }: Config) => new ClaudePrices(claudeUsage.prices, claudeUsage.reservedOutputTokens),
    },
    { provide: ClaudeBudgets, useClass: MachineBudgets },
  ],
  exports: [BudgetLimits, ClaudeBudgets, ClaudePrices, ClaudeUsageNumbers],
})
export class ClaudeBudgetsModule {}
