import { Injectable } from '@nestjs/common';
import { Clock } from '../kernel/clock';
import type { BudgetKind } from './claude-budgets';
import { ClaudePrices, type NanoDollars } from './claude-prices';
import { SpendingElsewhere } from './ledger/spending-elsewhere';
import { dayOf } from './spending';
import { SpendingBook } from './spending-book';

/** What was spent today, here and on other machines, and by which prices. */
@Injectable()
export class CurrentSpending {
  constructor(
    readonly prices: ClaudePrices,
    readonly book: SpendingBook,
    private readonly elsewhere: SpendingElsewhere,
    private readonly clock: Clock,
  ) {}

  of(kind: BudgetKind, id: string): { readonly used: NanoDollars; readonly reserved: NanoDollars } {
    const { spending } = this.book;
    const { others, own } = this.elsewhere.of(dayOf(this.clock.now()));
    switch (kind) {
      case 'user':
        return {
          used: both(others.users.get(id), own.users.get(id), spending.ofUser(id)),
          reserved: spending.reserved(({ userId }) => userId === id),
        };
      case 'project':
        return {
          used: both(others.projects.get(id), own.projects.get(id), spending.ofProject(id)),
          reserved: spending.reserved(({ projectId }) => projectId === id),
        };
      case 'total':
        return { used: both(others.total, own.total, spending.total), reserved: spending.reserved(() => true) };
    }
  }
}

/** The journal has at least what the database has of this machine, unless it was lost. */
function both(others: NanoDollars = 0, own: NanoDollars = 0, here: NanoDollars): NanoDollars {
  return others + Math.max(own, here);
}
