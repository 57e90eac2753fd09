import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { principalOf } from '../auth/authenticated-request';
import type { ErrorResponse } from '../infrastructure/http/error-response';
import { actorOf } from './audit-actor';
import { AuditLog } from './audit-log';
import { auditSource } from './audit-source';
import { isOnRecord } from './rest/on-record';

/** Codes of 404 that also mean "not yours". */
const NOT_THEIRS = new Set(['session_not_found', 'project_not_found']);
const REFUSED = new Set([401, 403, 421, 429]);
/** Has an event of its own, once for many. */
const TOLD_ELSEWHERE = 'rate_limited';

/** REST calls that were refused for who made them, or how often: attempts at what is not the caller's leave a trace. */
@Injectable()
export class RefusalAudit {
  constructor(private readonly audit: AuditLog) {}

  note(request: Request, { statusCode, code }: ErrorResponse): void {
    const isRefused = REFUSED.has(statusCode) || NOT_THEIRS.has(code);
    if (!isRefused || code === TOLD_ELSEWHERE || isOnRecord(request)) return;
    this.audit.record({
      code: statusCode === 429 ? 'limit.hit' : 'access.refused',
      outcome: 'refused',
      reason: code,
      actor: actorOf(principalOf(request)),
      source: auditSource(request),
      // Without the query: it may have a ticket.
      target: { kind: 'route', id: `${request.method} ${request.path}` },
    });
  }
}
