import { DomainError } from '../kernel/domain-error';
import type { RateKind } from './limit-kinds';

/** What somebody gets who came too often. */
export function rateLimited(kind: RateKind, retryAfterMs: number): DomainError {
  return new DomainError('rate_limited', 'Too many requests; try again after the given time.', {
    retryable: true,
    retryAfterMs,
    details: { limit: kind },
  });
}
