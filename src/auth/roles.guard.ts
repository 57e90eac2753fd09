import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { DomainError } from '../kernel/domain-error';
import type { UserRole } from '../users/user-role';
import { principalOf } from './authenticated-request';
import { ROLES } from './roles.decorator';

/** Refuses callers without one of the roles of `@Roles`. */
@Injectable()
export class RolesGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const roles = this.reflector.getAllAndOverride<readonly UserRole[] | undefined>(ROLES, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (context.getType() !== 'http' || !roles) return true;
    const principal = principalOf(context.switchToHttp().getRequest<Request>());
    if (principal && roles.includes(principal.role)) return true;
    throw new DomainError('forbidden', `Only for users with the role ${roles.join(' or ')}.`);
  }
}
