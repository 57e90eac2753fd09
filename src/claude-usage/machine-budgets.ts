import { Injectable } from '@nestjs/common';
import { ErrorCode } from '@holdfast/protocol';
import { Clock } from '../kernel/clock';
import { DomainError } from '../kernel/domain-error';
import { Ids } from '../kernel/ids';
import { TypedEvents } from '../kernel/typed-events';
import { RuntimeSettings } from '../settings/runtime-settings';
import { requireAllowed } from './allowed-models';
import { budgetExceeded, refusedBy } from './budget-rules';
import {
  type BudgetKind,
  type BudgetState,
  type Charge,
  ClaudeBudgets,
  type ClaudeSpender,
  type Refusal,
  type Reservation,
  type ReservationRequest,
} from './claude-budgets';
import { type NanoDollars, toNano } from './claude-prices';
import { CurrentSpending } from './current-spending';
import { BudgetLimits } from './limits/budget-limits';
import type { Running } from './spending';
import type { MeteredUsage } from './token-usage';

/** Each is a connection of a CLI that waits; beyond it something is wrong, and memory matters more. */
const MAX_RUNNING = 5_000;

/** The budgets as administrators set them, exact for the requests of this machine. */
@Injectable()
export class MachineBudgets extends ClaudeBudgets {
  readonly events = new TypedEvents<{ charged: Charge; refused: Refusal }>();

  constructor(
    private readonly settings: RuntimeSettings,
    private readonly limits: BudgetLimits,
    private readonly clock: Clock,
    private readonly ids: Ids,
    private readonly current: CurrentSpending,
  ) {
    super();
  }

  reserve(spender: ClaudeSpender, request: ReservationRequest): Reservation {
    const { prices, book } = this.current;
    const { model, estimatedInputTokens, maxTokens, conversation = true } = request;
    const nano = prices.reserve(model, estimatedInputTokens, maxTokens);
    this.requireRoom(spender, nano);
    const { sessionKey, sessionId, projectId, userId, purpose } = spender;
    const running: Running = {
      id: this.ids.uuid(),
      at: this.clock.now(),
      spender: { sessionKey, sessionId, projectId, userId, purpose },
      ...{ model, conversation, nano },
    };
    book.reserve(running);
    return {
      id: running.id,
      nano,
      settle: (usage) => this.settle(running, usage),
      release: () => book.release(running.id),
    };
  }

  assertModel(_spender: ClaudeSpender, model: unknown): asserts model is string {
    requireAllowed(this.settings.current.claudeModels, model);
  }

  states({ userId, projectId }: Pick<ClaudeSpender, 'userId' | 'projectId'>): readonly BudgetState[] {
    return [this.state('user', userId), this.state('project', projectId), this.state('total', '')];
  }

  private state(kind: BudgetKind, id: string): BudgetState {
    const { dailyUsd, setting } = this.limits.of(kind, id);
    const limit = dailyUsd === 'unlimited' ? undefined : toNano(dailyUsd);
    return { kind, limit, setting, ...this.current.of(kind, id) };
  }

  private requireRoom(spender: ClaudeSpender, nano: NanoDollars): void {
    if (this.current.book.spending.runningCount >= MAX_RUNNING) {
      throw new DomainError(ErrorCode.rateLimited, 'Too many Claude requests run at once. Try again.', {
        retryable: true,
      });
    }
    const refusal = refusedBy(this.states(spender), nano);
    if (!refusal) return;
    const { state, running } = refusal;
    const error = budgetExceeded(state, nano, running, this.clock.now());
    this.events.emit('refused', { spender, kind: state.kind, message: error.message, retryable: running });
    throw error;
  }

  private settle(running: Running, metered: MeteredUsage): void {
    const { prices, book } = this.current;
    const { model, spender } = running;
    const { complete, known, ...usage } = metered;
    const nano = known ? prices.cost(model, usage) : running.nano;
    if (!book.charge(running, nano, usage, complete && known)) return;
    this.events.emit('charged', { spender, model, family: prices.familyOf(model), usage, nano });
  }
}
