import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { unauthenticated } from './access-tokens';
import { principalOf } from './authenticated-request';
import type { Principal } from './principal';

/** The {@link Principal} of the request. */
export const Caller = createParamDecorator((_: unknown, context: ExecutionContext): Principal => {
  const principal = principalOf(context.switchToHttp().getRequest<Request>());
  if (!principal) throw unauthenticated('Log in first.');
  return principal;
});
