import type { IncomingMessage } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { BEARER_SUBPROTOCOL_PREFIX, ErrorCode, MAX_CELLS, SUBPROTOCOL_RAW, SUBPROTOCOL_V1 } from '@holdfast/protocol';
import { CONFIG, type Config } from '../../config/environment';
import type { AuditSource } from '../audit/audit-log';
import { AccessTokens } from '../auth/access-tokens';
import type { Principal } from '../auth/principal';
import { WsTickets } from '../auth/ws-tickets';
import { isAddress, isAllowedHost } from '../infrastructure/http/host-allow-list';
import { possibleSchemes } from '../infrastructure/http/request-scheme';
import { DomainError } from '../kernel/domain-error';
import { SessionOpener } from '../sessions/session-opener';
import type { SessionGateway } from '../sessions/session.entity';
import { Connections } from './connections';
import type { RawRequest } from './raw-connection';

/** A socket that may be opened: whose, what it speaks, and from where. */
export type Admission = { readonly principal: Principal; readonly source?: AuditSource } & (
  | { readonly protocol: typeof SUBPROTOCOL_V1 }
  | { readonly protocol: typeof SUBPROTOCOL_RAW; readonly request: RawRequest }
);

/** An upgrade that is refused, with the HTTP status it is answered with. */
export class UpgradeRefusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly retryAfterSeconds?: number,
    readonly details?: Readonly<Record<string, unknown>>,
  ) {
    super(message);
  }
}

const FULL_RETRY_SECONDS = 5;
const DEFAULT_COLS = 80;
const DEFAULT_ROWS = 24;
const DEFAULT_PROJECT = 'default';

/** Decides every upgrade before the 101, in this order: host, origin, capacity, subprotocol, request, credential. */
@Injectable()
export class AdmissionDesk {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly tokens: AccessTokens,
    private readonly tickets: WsTickets,
    private readonly connections: Connections,
    private readonly opener: SessionOpener,
  ) {}

  /** Throws an `UpgradeRefusal`. */
  async admit(request: IncomingMessage, gateway: SessionGateway): Promise<Admission> {
    const url = new URL(request.url ?? '/', 'http://gateway');
    this.checkHost(request);
    const credential = findCredential(request, url);
    this.checkOrigin(request, credential);
    this.checkCapacity();
    const protocol = chooseProtocol(request);
    const raw = protocol === SUBPROTOCOL_RAW ? parseRawRequest(url) : undefined;
    const principal = await this.identify(credential, gateway);
    if (raw) this.checkCircuit(principal, raw);
    return raw ? { protocol: SUBPROTOCOL_RAW, principal, request: raw } : { protocol: SUBPROTOCOL_V1, principal };
  }

  private checkHost({ headers }: IncomingMessage): void {
    const { allowedHosts } = this.config.access;
    if (isAllowedHost(headers.host, allowedHosts)) return;
    throw new UpgradeRefusal(
      421,
      ErrorCode.badHost,
      'This server does not answer for that host name; see ALLOWED_HOSTS.',
    );
  }

  /** The same origin is the console's own; loopback ports of this server count as one. */
  private checkOrigin(request: IncomingMessage, credential: Credential): void {
    const { origin, host } = request.headers;
    if (origin === undefined) {
      if (credential.kind === 'subprotocol') {
        throw new UpgradeRefusal(
          403,
          ErrorCode.badOrigin,
          'Without an Origin, use the Authorization header or a ticket.',
        );
      }
      return;
    }
    if (this.config.access.allowedOrigins.includes(origin)) return;
    if (possibleSchemes(request, this.config).some((scheme) => origin === `${scheme}://${host}`)) return;
    if (this.connections.isOwnOrigin(origin) && isAddress(host)) return;
    throw new UpgradeRefusal(403, ErrorCode.badOrigin, `The origin ${origin.slice(0, 200)} is not in ALLOWED_ORIGINS.`);
  }

  private checkCapacity(): void {
    const { connections } = this;
    if (connections.refusesNew) {
      // Clients that are still here look for another server; they need not look here again before this one has gone.
      const goneSeconds = Math.max(1, Math.ceil(this.config.gateways.drainTimeoutMs / 1000));
      throw new UpgradeRefusal(503, ErrorCode.draining, 'This server is shutting down; connect again.', goneSeconds);
    }
    const { maxConnections: value } = this.config.webSocket;
    if (connections.size >= value) {
      throw new UpgradeRefusal(
        503,
        ErrorCode.tooManyConnections,
        `This server has ${connections.size} connections and takes ${value} (WS_MAX_CONNECTIONS); try again later.`,
        FULL_RETRY_SECONDS,
        { limit: 'WS_MAX_CONNECTIONS', value, current: connections.size },
      );
    }
  }

  /** A plain socket carries one terminal: one whose circuit is open is not worth a socket. */
  private checkCircuit(principal: Principal, { projectId, sessionId }: RawRequest): void {
    const blockedForMs = this.opener.blockedForMs(principal, projectId, sessionId);
    if (blockedForMs === 0) return;
    throw new UpgradeRefusal(
      503,
      ErrorCode.circuitOpen,
      'This session could not be opened several times in a row; try again after the given time.',
      Math.ceil(blockedForMs / 1000),
    );
  }

  private async identify(credential: Credential, gateway: SessionGateway): Promise<Principal> {
    if (credential.kind === 'ticket') {
      const principal = await this.tickets.redeem(credential.value, gateway);
      if (principal) return principal;
      throw new UpgradeRefusal(
        401,
        ErrorCode.unauthenticated,
        'The ticket is unknown, expired, used or meant for the other gateway.',
      );
    }
    try {
      return this.tokens.verify(credential.value);
    } catch (error) {
      if (error instanceof DomainError) {
        const status = error.code === ErrorCode.totpEnrollmentRequired ? 403 : 401;
        throw new UpgradeRefusal(status, error.code, error.message);
      }
      throw error;
    }
  }
}

interface Credential {
  readonly kind: 'header' | 'ticket' | 'subprotocol';
  readonly value: string;
}

function findCredential({ headers }: IncomingMessage, url: URL): Credential {
  const found: Credential[] = [];
  const { authorization } = headers;
  if (authorization !== undefined) {
    const bearer = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization)?.[1];
    if (!bearer)
      throw new UpgradeRefusal(
        401,
        ErrorCode.unauthenticated,
        'The Authorization header must be "Bearer <access token>".',
      );
    found.push({ kind: 'header', value: bearer });
  }
  for (const value of url.searchParams.getAll('ticket')) found.push({ kind: 'ticket', value });
  for (const protocol of protocolsOf(headers)) {
    if (protocol.startsWith(BEARER_SUBPROTOCOL_PREFIX)) {
      found.push({ kind: 'subprotocol', value: protocol.slice(BEARER_SUBPROTOCOL_PREFIX.length) });
    }
  }
  if (found.length > 1)
    throw new UpgradeRefusal(
      400,
      ErrorCode.badRequest,
      'Send exactly one credential: a header, a ticket or a subprotocol.',
    );
  const [credential] = found;
  if (!credential || credential.value === '') {
    throw new UpgradeRefusal(
      401,
      ErrorCode.unauthenticated,
      'A credential is needed: Authorization: Bearer, ?ticket= or a bearer subprotocol.',
    );
  }
  return credential;
}

function chooseProtocol({ headers }: IncomingMessage): typeof SUBPROTOCOL_V1 | typeof SUBPROTOCOL_RAW {
  const offered = protocolsOf(headers);
  if (offered.includes(SUBPROTOCOL_V1)) return SUBPROTOCOL_V1;
  if (offered.includes(SUBPROTOCOL_RAW)) return SUBPROTOCOL_RAW;
  throw new UpgradeRefusal(
    426,
    ErrorCode.unsupportedProtocol,
    `Offer the subprotocol ${SUBPROTOCOL_V1} or ${SUBPROTOCOL_RAW}.`,
  );
}

function protocolsOf(headers: IncomingMessage['headers']): string[] {
  return (headers['sec-websocket-protocol'] ?? '')
    .split(',')
    .map((protocol) => protocol.trim())
    .filter((protocol) => protocol !== '');
}

function parseRawRequest({ searchParams }: URL): RawRequest {
  return {
    projectId: searchParams.get('project') || DEFAULT_PROJECT,
    sessionId: searchParams.get('session') ?? undefined,
    cols: cells(searchParams, 'cols', DEFAULT_COLS),
    rows: cells(searchParams, 'rows', DEFAULT_ROWS),
  };
}

function cells(parameters: URLSearchParams, name: string, byDefault: number): number {
  const text = parameters.get(name);
  if (text === null || text === '') return byDefault;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= MAX_CELLS) return value;
  throw new UpgradeRefusal(400, ErrorCode.badRequest, `"${name}" must be an integer from 1 to ${MAX_CELLS}.`);
}
