import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { DomainError } from '../kernel/domain-error';
import { OperatorAccess } from './operator-access';

/** For routes that are `@Public()` to the access-token guard. */
@Injectable()
export class OperatorGuard implements CanActivate {
  constructor(private readonly access: OperatorAccess) {}

  canActivate(context: ExecutionContext): boolean {
    if (this.access.isGranted(context.switchToHttp().getRequest<Request>())) return true;
    throw new DomainError('forbidden', 'Only from this machine, for an administrator, or with METRICS_TOKEN.');
  }
}
