import type { Request } from 'express';
import type { Principal } from './principal';

const PRINCIPAL = Symbol('principal');

interface AuthenticatedRequest extends Request {
  [PRINCIPAL]?: Principal;
}

export function setPrincipal(request: AuthenticatedRequest, principal: Principal): void {
  request[PRINCIPAL] = principal;
}

/** Who calls; undefined on a public route without a valid credential. */
export function principalOf(request: AuthenticatedRequest): Principal | undefined {
  return request[PRINCIPAL];
}

/** The token of an `Authorization: Bearer …` header. */
export function bearerTokenOf(request: Pick<Request, 'headers'>): string | undefined {
  return /^Bearer +([^\s]+)$/i.exec(request.headers.authorization ?? '')?.[1];
}
