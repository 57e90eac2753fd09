import type { RequestHandler } from 'express';
import { DomainError } from '../../kernel/domain-error';
import { toErrorResponse } from './error-response';
import { sendError } from './send-error';

const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE';
/** What an application may read beside the body. */
const EXPOSED = 'Retry-After, X-Request-Id, X-Epoch, X-Offset, X-Offset-End';
/** A preflight for each call would double them. */
const MAX_AGE_SECONDS = '600';

/**
 * Lets pages of ALLOWED_ORIGINS call the API: exact strings, no wildcard. There are no credentials of the browser to allow: who
 * calls is in the Authorization header, which a page has to know.
 */
export function cors(allowedOrigins: readonly string[]): RequestHandler {
  return (request, response, next) => {
    const { origin } = request.headers;
    const isAllowed = origin !== undefined && allowedOrigins.includes(origin);
    response.vary('Origin');
    if (isAllowed) {
      response.setHeader('Access-Control-Allow-Origin', origin);
      response.setHeader('Access-Control-Expose-Headers', EXPOSED);
    }
    if (request.method !== 'OPTIONS') return next();
    if (!isAllowed) {
      response.setHeader('Allow', METHODS);
      return sendError(response, toErrorResponse(new DomainError('method_not_allowed', 'OPTIONS is not served here.')));
    }
    response.setHeader('Access-Control-Allow-Methods', METHODS);
    response.setHeader('Access-Control-Allow-Headers', 'Authorization, Content-Type, X-Request-Id');
    response.setHeader('Access-Control-Max-Age', MAX_AGE_SECONDS);
    response.status(204).end();
  };
}
