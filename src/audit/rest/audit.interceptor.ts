import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { principalOf } from '../../auth/authenticated-request';
import { ROLES } from '../../auth/roles.decorator';
import { toErrorResponse } from '../../infrastructure/http/error-response';
import { actorOf } from '../audit-actor';
import { type AuditEntry, AuditLog, type AuditOutcome } from '../audit-log';
import { auditSource } from '../audit-source';
import { AUDITED, type AuditedCall, type AuditedRoute } from '../audited.decorator';
import { putOnRecord } from './on-record';

const READING = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Puts the calls of `@Audited` routes on record before they are answered; refuses changes by administrators that could not be. */
@Injectable()
export class AuditInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly audit: AuditLog,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() !== 'http') return next.handle();
    const request = context.switchToHttp().getRequest<Request>();
    if (this.isForAdministrators(context) && !READING.has(request.method)) this.audit.assertRoom();
    const route = this.reflector.get<AuditedRoute | undefined>(AUDITED, context.getHandler());
    if (!route) return next.handle();
    return from(this.onRecord(route, request, () => lastValueFrom(next.handle(), { defaultValue: undefined })));
  }

  private isForAdministrators(context: ExecutionContext): boolean {
    const roles = this.reflector.getAllAndOverride<readonly string[] | undefined>(ROLES, [
      context.getHandler(),
      context.getClass(),
    ]);
    return roles?.includes('admin') ?? false;
  }

  private async onRecord(route: AuditedRoute, request: Request, handle: () => Promise<unknown>): Promise<unknown> {
    putOnRecord(request);
    let answer: unknown;
    try {
      answer = await handle();
    } catch (error) {
      // The refusal is the answer, on record or not.
      await this.audit.durable(entryOf(route, request, { answer: undefined, error })).catch(() => undefined);
      throw error;
    }
    await this.audit.durable(entryOf(route, request, { answer }));
    return answer;
  }
}

function entryOf(route: AuditedRoute, request: Request, result: Pick<AuditedCall, 'answer' | 'error'>): AuditEntry {
  const { params, query } = request;
  const call: AuditedCall = { params, query, body: objectOr(request.body), ...result };
  return {
    code: typeof route.code === 'function' ? route.code(call) : route.code,
    ...outcomeOf(result.error),
    actor: route.actor?.(call) ?? actorOf(principalOf(request)),
    source: auditSource(request),
    target: route.target?.(call),
    data: route.data?.(call),
  };
}

function outcomeOf(error: unknown): { readonly outcome: AuditOutcome; readonly reason?: string } {
  if (error === undefined) return { outcome: 'ok' };
  const { statusCode, code } = toErrorResponse(error);
  return { outcome: statusCode < 500 ? 'refused' : 'failed', reason: code };
}

function objectOr(body: unknown): Readonly<Record<string, unknown>> {
  return typeof body === 'object' && body !== null ? (body as Readonly<Record<string, unknown>>) : {};
}
