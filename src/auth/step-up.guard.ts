import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { DomainError } from '../kernel/domain-error';
import { principalOf } from './authenticated-request';
import { LoginFamilies } from './login-families';
import { STEP_UP, STEP_UP_LIFE_MS, type StepUpCondition } from './step-up';

/** Refuses callers of `@StepUp` routes whose last proof of identity is too old. */
@Injectable()
export class StepUpGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly families: LoginFamilies,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const when = this.reflector.getAllAndOverride<StepUpCondition | undefined>(STEP_UP, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (context.getType() !== 'http' || !when) return true;
    const request = context.switchToHttp().getRequest<Request>();
    if (!when(request.body)) return true;
    const principal = principalOf(request);
    if (principal && (await this.families.wasConfirmedWithin(principal.loginId, STEP_UP_LIFE_MS))) return true;
    throw new DomainError('step_up_required', 'Confirm your password first: POST /api/auth/step-up.');
  }
}
