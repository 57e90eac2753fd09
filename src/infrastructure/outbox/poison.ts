import { errorCode } from '../startup-error';
import { isDatabaseUnavailable } from '../database/database-errors';

/** SQLSTATE classes of values that cannot be stored: data exception, integrity constraint violation. */
const CONTENT_CODES = /^2[23][0-9A-Z]{3}$/;
/** What Node itself throws at a wrong argument. */
const NODE_CODES = /^ERR_/;

/**
 * Whether a record was refused for what it says: another attempt will go the same way. A missing table, a read-only replica, a
 * full disk of the database are none of that – they end, and every record waits for it.
 */
export function isPoison(error: unknown): boolean {
  if (isDatabaseUnavailable(error)) return false;
  const code = errorCode(driverError(error));
  return code === undefined || CONTENT_CODES.test(code) || NODE_CODES.test(code);
}

function driverError(error: unknown): unknown {
  return error instanceof Error && 'driverError' in error ? error.driverError : error;
}
