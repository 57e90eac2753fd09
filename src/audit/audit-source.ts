import type { IncomingMessage } from 'node:http';
import type { Request } from 'express';
import { clientAddress } from '../infrastructure/http/client-address';
import { requestIdOf } from '../infrastructure/http/request-id';
import type { AuditSource } from './audit-log';

/** Where a REST request came from, or an upgrade, for which `proxyHops` says whose X-Forwarded-For counts. */
export function auditSource(request: Request | IncomingMessage, proxyHops = 0): AuditSource {
  const userAgent = request.headers['user-agent'];
  if (!isExpress(request)) return { ip: clientAddress(request, proxyHops), userAgent };
  return { ip: request.ip, userAgent, requestId: request.res && requestIdOf(request.res) };
}

function isExpress(request: Request | IncomingMessage): request is Request {
  return 'ip' in request;
}
