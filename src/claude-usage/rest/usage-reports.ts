import { Injectable } from '@nestjs/common';
import { Clock } from '../../kernel/clock';
import { RuntimeSettings } from '../../settings/runtime-settings';
import { nextDay } from '../budget-rules';
import { LedgerTotals, type UsageFilter, type UsageGroup } from '../ledger/ledger-totals';
import { dayOf } from '../spending';
import { daysOf, type UsageReport } from './claude-usage.schemas';

/** What was used, and what is left today, as every gateway can say it: from the database. */
@Injectable()
export class UsageReports {
  constructor(
    private readonly totals: LedgerTotals,
    private readonly settings: RuntimeSettings,
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
    const { claudeUserDailyUsd, claudeTotalDailyUsd } = this.settings.current;
    const limit = budget === 'user' ? claudeUserDailyUsd : claudeTotalDailyUsd;
    return {
      ...{ from: filter.from, to: filter.to, total, items },
      budget: {
        limitUsd: limit === 'unlimited' ? null : limit,
        usedUsd: spent.costUsd,
        resetsAt: new Date(nextDay(now)).toISOString(),
      },
    };
  }
}
