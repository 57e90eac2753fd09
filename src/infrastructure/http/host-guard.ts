import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { DomainError } from '../../kernel/domain-error';
import { type ErrorResponse, toErrorResponse } from './error-response';
import { isAddress, isAllowedHost } from './host-allow-list';
import { sendError } from './send-error';

/** What a load balancer or a scraper asks under the address of a pod, which nobody can list beforehand. */
const ASKED_BY_ADDRESS = /^\/(health|metrics)(\/|$)/;

/** Refuses requests for hosts that are not in ALLOWED_HOSTS with 421, and tells of each. */
export function hostGuard(
  allowedHosts: readonly string[],
  onRefused: (request: Request, answer: ErrorResponse) => void,
): RequestHandler {
  return (request: Request, response: Response, next: NextFunction) => {
    const { host } = request.headers;
    const isProbe = ASKED_BY_ADDRESS.test(request.path) && isAddress(host);
    if (isProbe || isAllowedHost(host, allowedHosts)) return next();
    const error = new DomainError('bad_host', 'This server does not answer for that host; add it to ALLOWED_HOSTS.');
    const answer = toErrorResponse(error);
    onRefused(request, answer);
    sendError(response, answer);
  };
}
