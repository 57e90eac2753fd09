import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { AccessTokens, unauthenticated } from './access-tokens';
import { bearerTokenOf, setPrincipal } from './authenticated-request';
import { IS_PUBLIC } from './public.decorator';

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
    const isPublic =
      this.reflector.getAllAndOverride<boolean | undefined>(IS_PUBLIC, [context.getHandler(), context.getClass()]) ??
      false;
    const token = bearerTokenOf(request);
    if (token === undefined) {
      if (isPublic) return true;
      throw unauthenticated('Send an access token: Authorization: Bearer <token>.');
    }
    try {
      setPrincipal(request, this.accessTokens.verify(token));
    } catch (error) {
      if (!isPublic) throw error;
    }
    return true;
  }
}
