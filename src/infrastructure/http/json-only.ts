import type { NextFunction, Request, Response } from 'express';
import { DomainError } from '../../kernel/domain-error';
import { toErrorResponse } from './error-response';
import { sendError } from './send-error';

const JSON_TYPE = /^application\/json *(;|$)/i;

/**
 * Refuses bodies that are not JSON with 415. A page of another site can send text or a form without asking first; JSON it
 * cannot.
 */
export function jsonOnly(request: Request, response: Response, next: NextFunction): void {
  if (!hasBody(request) || JSON_TYPE.test(request.headers['content-type'] ?? '')) return next();
  const error = new DomainError('unsupported_media_type', 'Send JSON: Content-Type: application/json.');
  sendError(response, toErrorResponse(error));
}

function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
