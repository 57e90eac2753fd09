import { Injectable } from '@nestjs/common';
import type { ClaudeUsage } from '@holdfast/protocol';
import { ClaudeBudgets, type ClaudeSpender } from './claude-budgets';
import { toDollars } from './claude-prices';
import { CurrentSpending } from './current-spending';

/** The numbers of a session as its users see them. Asked in the leader's process, after a request was settled. */
@Injectable()
export class ClaudeUsageNumbers {
  constructor(
    private readonly current: CurrentSpending,
    private readonly budgets: ClaudeBudgets,
  ) {}

  /** Undefined: it made no request yet. */
  of(spender: Pick<ClaudeSpender, 'sessionKey' | 'userId' | 'projectId'>): ClaudeUsage | undefined {
    const session = this.current.book.spending.ofSession(spender.sessionKey);
    if (!session) return undefined;
    const { model, contextTokens, usage, nano } = session;
    const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens } = usage;
    const own = this.budgets.states(spender).find(({ kind }) => kind === 'user');
    return {
      ...{ model, inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens },
      costUsd: toDollars(nano),
      contextTokens,
      contextLimit: this.current.prices.contextLimit(model, contextTokens),
      todayUsd: toDollars(own?.used ?? 0),
      ...(own?.limit !== undefined && { budgetUsd: toDollars(own.limit) }),
    };
  }
}
