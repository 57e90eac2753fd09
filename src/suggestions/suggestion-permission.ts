import { Injectable } from '@nestjs/common';
import { ErrorCode } from '@holdfast/protocol';
import { DomainError } from '../kernel/domain-error';
import { Clock } from '../kernel/clock';
import { rateLimited } from '../rate-limits/rate-limited';
import { RateLimits } from '../rate-limits/rate-limits';
import { RuntimeSettings } from '../settings/runtime-settings';
import { SuggestionConsents } from './suggestion-consents';

const DAY_MS = 86_400_000;

/** An administrator allows suggestions, each user switches them on, and nobody asks without end. */
@Injectable()
export class SuggestionPermission {
  constructor(
    private readonly settings: RuntimeSettings,
    private readonly consents: SuggestionConsents,
    private readonly limits: RateLimits,
    private readonly clock: Clock,
  ) {}

  get isAllowed(): boolean {
    return this.settings.current.suggestionsAllowed;
  }

  isOn(userId: string): Promise<boolean> {
    return this.consents.isGiven(userId);
  }

  /** Switching off is always possible. */
  async switch(userId: string, on: boolean): Promise<void> {
    if (on && !this.isAllowed) throw notAllowed();
    await this.consents.set(userId, on);
  }

  /** Errors: `suggestions_off`, `rate_limited`. */
  async assertMayAsk(userId: string): Promise<void> {
    if (!this.isAllowed) throw notAllowed();
    if (!(await this.isOn(userId)))
      throw new DomainError(ErrorCode.suggestionsOff, 'Switch command suggestions on first, in your settings.');
    const { allowed, retryAfterMs } = this.limits.take('suggestions-user', userId);
    if (!allowed) throw rateLimited('suggestions-user', retryAfterMs);
  }

  /** Before a request that costs something. Errors: `rate_limited`. */
  async spend(userId: string): Promise<void> {
    const { suggestionsPerDay } = this.settings.current;
    if (await this.consents.count(userId, suggestionsPerDay)) return;
    throw new DomainError(
      ErrorCode.rateLimited,
      `These were your ${suggestionsPerDay} suggestions of today; an administrator can allow more.`,
      { retryable: true, retryAfterMs: DAY_MS - (this.clock.now() % DAY_MS) },
    );
  }
}

function notAllowed(): DomainError {
  return new DomainError(
    ErrorCode.suggestionsOff,
    'Command suggestions are not allowed on this server. An administrator can allow them in the settings.',
  );
}
