import { errorCode, errorMessage, StartupError } from '../startup-error';

const FEATURE_NOT_SUPPORTED = '0A000';
const INSUFFICIENT_PRIVILEGE = '42501';
const UNDEFINED_FILE = '58P01';
const UNDEFINED_OBJECT = '42704';
const CODES = new Set([FEATURE_NOT_SUPPORTED, INSUFFICIENT_PRIVILEGE, UNDEFINED_FILE, UNDEFINED_OBJECT]);

/** What an operator can do about a failed migration, when it failed because of the one extension we need. */
export function explainMissingExtension(error: unknown): unknown {
  const cause = error instanceof Error && 'driverError' in error ? error.driverError : error;
  const code = errorCode(cause);
  const message = errorMessage(cause);
  if (code === undefined || !CODES.has(code) || !/pg_trgm|gin_trgm_ops/.test(message)) return error;
  return new StartupError(
    `Holdfast needs the PostgreSQL extension pg_trgm, for searches (${message}): install PostgreSQL's contrib package if it ` +
      `is not available, and have the owner of the database run CREATE EXTENSION pg_trgm in the schema public.`,
    { cause: error },
  );
}
