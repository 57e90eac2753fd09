import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { type AuditEntry, AuditLog } from '../audit/audit-log';
import { ClaudeApiEvents, type SettledRequest } from '../claude-api/claude-api-events';
import type { ClaudeToken } from '../claude-api/claude-tokens';
import type { Disposable } from '../kernel/disposables';
import { ClaudePrices, toDollars } from './claude-prices';

/** What costs something. Of the free calls – counting tokens, listing models – only those that failed are worth a line. */
const PAID = /^\/v1\/messages(?:\?|$)/;

/** Puts each request on record: who, for what, what it used, how it went. Never its content, never a header. */
@Injectable()
export class ClaudeRequestAudit implements OnModuleDestroy {
  private readonly subscription: Disposable;

  constructor(
    events: ClaudeApiEvents,
    private readonly audit: AuditLog,
    private readonly prices: ClaudePrices,
  ) {
    this.subscription = events.on('settled', ({ token, request }) => this.record(token, request));
  }

  onModuleDestroy(): void {
    this.subscription.dispose();
  }

  private record(token: ClaudeToken, request: SettledRequest): void {
    if (request.status < 400 && !PAID.test(request.path)) return;
    this.audit.record(auditEntry(token, request, this.prices));
  }
}

export function auditEntry(token: ClaudeToken, request: SettledRequest, prices: ClaudePrices): AuditEntry {
  const { refused, status, path, model, priority, attempts, firstByteMs, durationMs, requestBytes, complete } = request;
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, upstreamId, claimedSession } = request;
  const usage = { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, cacheWriteHourTokens: 0 };
  const outcome = refused !== undefined ? 'refused' : status < 400 ? 'ok' : 'failed';
  return {
    code: refused !== undefined ? 'claude.refused' : 'claude.request',
    outcome,
    reason: refused,
    actor: { userId: token.userId },
    target: { kind: 'session', id: token.sessionId },
    data: {
      ...{ projectId: token.projectId, purpose: token.purpose, path, model, priority, status, attempts, complete },
      ...{ firstByteMs, durationMs, requestBytes, upstreamId, claimedSession },
      // What is called a token is redacted wherever it stands.
      used: { input: inputTokens, output: outputTokens, cacheRead: cacheReadTokens, cacheWrite: cacheWriteTokens },
      costUsd: toDollars(prices.cost(model, usage)),
    },
  };
}
