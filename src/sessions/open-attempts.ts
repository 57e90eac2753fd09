import { Injectable } from '@nestjs/common';
import { ErrorCode } from '@holdfast/protocol';
import { Backoff } from '../circuit-breaker/backoff';
import { type CircuitBreaker, circuitOpen } from '../circuit-breaker/circuit-breaker';
import { CircuitBreakers } from '../circuit-breaker/circuit-breakers';
import { isForeignKeyViolation } from '../infrastructure/database/database-errors';
import { DomainError } from '../kernel/domain-error';

/** What speaks against trying again soon: the server's own troubles, never what was wrong with the request. */
const COUNTED: ReadonlySet<ErrorCode> = new Set([
  ErrorCode.launchFailed,
  ErrorCode.internal,
  ErrorCode.hostUnavailable,
  ErrorCode.databaseUnavailable,
]);

/** Attempts to open sessions, each behind the circuit breaker of its session. */
@Injectable()
export class OpenAttempts {
  private readonly backoff = new Backoff(Math.random);

  constructor(private readonly breakers: CircuitBreakers) {}

  /** Runs `attempt`, or throws `circuit_open` at once. */
  async run<T>(key: string, attempt: () => Promise<T>): Promise<T> {
    const breaker = this.breakers.forKey(key);
    const admission = breaker.admit();
    if (!admission.admitted) throw circuitOpen(key, admission.retryAfterMs);
    try {
      const result = await attempt();
      admission.permit.succeeded();
      return result;
    } catch (error) {
      if (!isCounted(error)) {
        admission.permit.succeeded();
        throw error;
      }
      admission.permit.failed();
      throw this.withHint(error, breaker);
    }
  }

  /** 0: an attempt would be made. */
  blockedForMs(key: string): number {
    return this.breakers.find(key)?.retryAfterMs ?? 0;
  }

  /** Says when to try again, unless whoever failed knows better. */
  private withHint(error: unknown, { failures, retryAfterMs }: CircuitBreaker): unknown {
    if (!(error instanceof DomainError) || error.options.retryAfterMs !== undefined) return error;
    const hint = retryAfterMs || this.backoff.delayMs(failures);
    return new DomainError(error.code, error.message, { ...error.options, retryAfterMs: hint, cause: error });
  }
}

function isCounted(error: unknown): boolean {
  // An error nobody foresaw is ours; that the project is just being deleted is not.
  if (!(error instanceof DomainError)) return !isForeignKeyViolation(error);
  // What an open circuit refused was not attempted.
  return COUNTED.has(error.code) && error.options.details?.['circuit'] === undefined;
}
