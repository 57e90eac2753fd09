import type { Response } from 'express';
import type { ErrorResponse } from './error-response';
import { requestIdOf } from './request-id';

/** Writes an error as `{ statusCode, code, message, requestId, details? }`. */
export function sendError(response: Response, error: ErrorResponse): void {
  const { statusCode, code, message, details, retryAfterSeconds } = error;
  if (retryAfterSeconds !== undefined) response.setHeader('Retry-After', String(retryAfterSeconds));
  if (statusCode === 401) response.setHeader('WWW-Authenticate', 'Bearer');
  response.status(statusCode).json({ statusCode, code, message, requestId: requestIdOf(response), details });
}
