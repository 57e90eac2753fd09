import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, LessThan, type Repository } from 'typeorm';
import { Clock } from '../kernel/clock';
import { DomainError } from '../kernel/domain-error';
import { RateLimits } from '../rate-limits/rate-limits';
import { FailedAttemptEntity } from './failed-attempt.entity';

const MINUTE_MS = 60_000;

/** So many failures cost nothing; the last of them locks. */
const FREE = 5;
/** Without a failure for this long, the count starts again. */
const FORGET_MS = 24 * 60 * MINUTE_MS;
/** The first lock; each further failure doubles it. Short, because others can lock an account by guessing. */
const FIRST_LOCK_MS = MINUTE_MS;
/** A hundred guesses a day: of a six-digit code, three right at a time, one in 3,000 days. */
const MAX_LOCK_MS = 15 * MINUTE_MS;

/** What was guessed at. */
export interface AttemptKey {
  readonly kind: 'account' | 'code';
  readonly of: string;
}

/**
 * Counts failures to prove an identity, in the database: for every gateway process, and beyond a restart. Only a whole success
 * clears a count, so that a new login with the right password does not give new guesses at the code.
 */
@Injectable()
export class FailedAttempts {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly limits: RateLimits,
  ) {}

  /** To be asked before a guess is looked at, and again before a right one counts: others may have failed meanwhile. */
  async assertAllowed(key: AttemptKey): Promise<void> {
    const attempts = await this.repository.findOneBy({ key: textOf(key) });
    const retryAfterMs = (attempts?.lockedUntil?.getTime() ?? 0) - this.clock.now();
    if (retryAfterMs <= 0) return;
    this.limits.note('login-account', textOf(key));
    throw tooMany(retryAfterMs);
  }

  async failed(key: AttemptKey): Promise<void> {
    const now = this.clock.now();
    const [at, forgotten] = [new Date(now), new Date(now - FORGET_MS)];
    await this.dataSource.query(FAILED, [textOf(key), at, forgotten, FREE, FIRST_LOCK_MS / 1000, MAX_LOCK_MS / 1000]);
    await this.repository.delete({ lastFailedAt: LessThan(forgotten) });
  }

  async cleared(key: AttemptKey): Promise<void> {
    await this.repository.delete({ key: textOf(key) });
  }

  private get repository(): Repository<FailedAttemptEntity> {
    return this.dataSource.getRepository(FailedAttemptEntity);
  }
}

const FAILED = `
  INSERT INTO failed_attempts AS attempt (key, failures, last_failed_at)
  VALUES ($1, 1, $2)
  ON CONFLICT (key) DO UPDATE SET
    failures = CASE WHEN attempt.last_failed_at < $3 THEN 1 ELSE attempt.failures + 1 END,
    last_failed_at = $2,
    locked_until = CASE WHEN attempt.last_failed_at >= $3 AND attempt.failures + 1 >= $4
      THEN $2::timestamptz + make_interval(secs => least($6, $5 * power(2, least(attempt.failures + 1 - $4, 20)))) END`;

function textOf({ kind, of }: AttemptKey): string {
  return `${kind}:${of}`;
}

function tooMany(retryAfterMs: number): DomainError {
  return new DomainError('rate_limited', 'Too many wrong passwords or codes; try again after the given time.', {
    retryable: true,
    retryAfterMs,
    details: { limit: 'failed-attempts' },
  });
}
