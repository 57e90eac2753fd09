import { DomainError } from '../../kernel/domain-error';
import { errorCode, errorMessage } from '../startup-error';

const UNIQUE_VIOLATION = '23505';
const FOREIGN_KEY_VIOLATION = '23503';
const QUERY_CANCELED = '57014';

/** The server cannot be reached, is starting, is stopping, or has no connection left. */
const UNAVAILABLE_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  '53300',
  '57P01',
  '57P02',
  '57P03',
  '08000',
  '08001',
  '08003',
  '08006',
]);

/** What `pg` says without a code. */
const UNAVAILABLE_MESSAGES =
  /Connection terminated|timeout exceeded when trying to connect|Query read timeout|connection timeout|Client has encountered a connection error|not queryable/i;

const UNAVAILABLE = 'The database cannot be reached at the moment; terminals run on. Try again.';
const RETRY_MS = 2_000;

/** The error of the driver, inside TypeORM's. */
function driverError(error: unknown): unknown {
  return error instanceof Error && 'driverError' in error ? error.driverError : error;
}

export function isDatabaseUnavailable(error: unknown): boolean {
  if (error instanceof DomainError) return error.code === 'database_unavailable';
  const cause = driverError(error);
  // A refused connection to a name with several addresses is an AggregateError with a code and no message.
  const code = errorCode(cause);
  return code !== undefined ? UNAVAILABLE_CODES.has(code) : UNAVAILABLE_MESSAGES.test(errorMessage(cause));
}

/** The one answer to what needs the truth while it cannot be had. */
export function databaseUnavailable(
  options: Pick<DomainError['options'], 'retryAfterMs' | 'details' | 'cause'> = {},
): DomainError {
  return new DomainError('database_unavailable', UNAVAILABLE, { retryAfterMs: RETRY_MS, ...options, retryable: true });
}

/** A value PostgreSQL cannot even represent, such as a NUL in a text: SQLSTATE class 22. */
export function isInvalidInput(error: unknown): boolean {
  return /^22[0-9A-Z]{3}$/.test(errorCode(driverError(error)) ?? '');
}

/** It took longer than its `statement_timeout`. */
export function isStatementTimeout(error: unknown): boolean {
  return errorCode(driverError(error)) === QUERY_CANCELED;
}

export function isUniqueViolation(error: unknown): boolean {
  return errorCode(driverError(error)) === UNIQUE_VIOLATION;
}

export function isForeignKeyViolation(error: unknown): boolean {
  return errorCode(driverError(error)) === FOREIGN_KEY_VIOLATION;
}
