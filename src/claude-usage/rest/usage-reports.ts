import { Injectable } from '@nestjs/common';
import { Clock } from '../../kernel/clock';
import { nextDay } from '../budget-rules';
import { LedgerTotals, type UsageFilter, type UsageGroup } from '../ledger/ledger-totals';
import { BudgetLimits } from '../limits/budget-limits';
import { dayOf } from '../spending';
import { daysOf, type UsageReport } from './claude-usage.schemas';

/** What was used, and what is left today, as every gateway can say it: from the database. */
@Injectable()
export class UsageReports {
  constructor(
    private readonly totals: LedgerTotals,
    private readonly limits: BudgetLimits,
    private readonly clock: Clock,
  ) {}

  async report(by: UsageGroup, asked: Partial<UsageFilter>, budget: 'user' | 'total'): Promise<UsageReport> {
    const now = this.clock.now();
    const today = dayOf(now);
    const filter = { ...asked, ...daysOf(asked, today) };
    const spender = budget === 'user' ? { userId: asked.userId } : {};
    const [total, items, spent] = await Promise.all([
      this.totals.total(filter),
      this.totals.by(by, filter),
      this.totals.total({ from: today, to: today, ...spender }),
    ]);
    const { dailyUsd } = this.limits.of(budget, asked.userId ?? '');
    return {
      ...{ from: filter.from, to: filter.to, total, items },
      budget: {
        limitUsd: dailyUsd === 'unlimited' ? null : dailyUsd,
        usedUsd: spent.costUsd,
        resetsAt: new Date(nextDay(now)).toISOString(),
      },
    };
  }
}
