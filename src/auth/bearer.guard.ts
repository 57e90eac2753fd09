import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { AccessTokens, unauthenticated } from './access-tokens';
import { bearerTokenOf, setPrincipal } from './authenticated-request';
import type { Principal } from './principal';
import { IS_PUBLIC } from './public.decorator';
import { WHILE_ENROLLING } from './while-enrolling.decorator';

/** Every REST route needs an access token unless it says otherwise. */
@Injectable()
export class BearerGuard implements CanActivate {
  constructor(
    private readonly accessTokens: AccessTokens,
    private readonly reflector: Reflector,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    // Nest applies this guard to gateways as well; a WebSocket was authenticated before its upgrade.
    if (context.getType() !== 'http') return true;
    const request = context.switchToHttp().getRequest<Request>();
    const isPublic = this.isMarked(IS_PUBLIC, context);
    const token = bearerTokenOf(request);
    if (token === undefined) {
      if (isPublic) return true;
      throw unauthenticated('Send an access token: Authorization: Bearer <token>.');
    }
    try {
      setPrincipal(request, this.verify(token, this.isMarked(WHILE_ENROLLING, context)));
    } catch (error) {
      if (!isPublic) throw error;
    }
    return true;
  }

  private verify(token: string, whileEnrolling: boolean): Principal {
    return whileEnrolling ? this.accessTokens.verifyAny(token) : this.accessTokens.verify(token);
  }

  private isMarked(mark: symbol, context: ExecutionContext): boolean {
    const places = [context.getHandler(), context.getClass()];
    return this.reflector.getAllAndOverride<boolean | undefined>(mark, places) ?? false;
  }
}
