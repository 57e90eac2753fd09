import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { AccessTokens } from '../auth/access-tokens';
import { bearerTokenOf } from '../auth/authenticated-request';
import { toErrorResponse } from '../infrastructure/http/error-response';
import { sendError } from '../infrastructure/http/send-error';
import { Lanes } from './lanes';
import type { RateKind } from './limit-kinds';
import { rateLimited } from './rate-limited';
import type { RateLimits } from './rate-limits';

/** A flood of anything else must not take the probes with it, or the load balancer would take the node away as well. */
const PROBES = /^\/(health|metrics|stats)(\/|$)/;

/** A request that takes longer waits for something else than this process, as a download for its reader. */
const LANE_PATIENCE_MS = 1_000;
const FULL_RETRY_MS = 1_000;

/**
 * Counts every HTTP request before anything is done for it: against its user when it carries a valid access token, so that
 * hundreds of people behind one address do not share one bucket, and against its address otherwise. What is within the rate
 * still takes turns, or one who keeps fifty connections busy would have most of the event loop.
 */
export function httpRateLimit(limits: RateLimits, tokens: AccessTokens): RequestHandler {
  const lanes = new Lanes();
  return (request: Request, response: Response, next: NextFunction) => {
    const [kind, key] = countedAs(request, tokens);
    const lane = `${kind} ${key}`;
    const { allowed, retryAfterMs } = limits.take(kind, key);
    if (allowed && lanes.enter(lane, () => start(request, response, next, () => lanes.leave(lane)))) return;
    if (allowed) limits.note(kind, key);
    sendError(response, toErrorResponse(rateLimited(kind, retryAfterMs || FULL_RETRY_MS)));
  };
}

function start(request: Request, response: Response, next: NextFunction, leave: () => void): void {
  // Whoever waited may have left.
  if (request.socket.destroyed) return leave();
  let isIn = true;
  const done = (): void => {
    if (isIn) leave();
    isIn = false;
    clearTimeout(timer);
  };
  const timer = setTimeout(done, LANE_PATIENCE_MS);
  response.once('close', done);
  next();
}

function countedAs(request: Request, tokens: AccessTokens): [RateKind, string] {
  const address = request.ip ?? '';
  if (PROBES.test(request.path)) return ['probe-address', address];
  const userId = userOf(request, tokens);
  return userId === undefined ? ['http-address', address] : ['http-user', userId];
}

function userOf(request: Request, tokens: AccessTokens): string | undefined {
  const token = bearerTokenOf(request);
  if (token === undefined) return undefined;
  try {
    return tokens.verify(token).userId;
  } catch {
    // Whether it is needed at all, and what is wrong with it, is said where it is needed.
    return undefined;
  }
}
