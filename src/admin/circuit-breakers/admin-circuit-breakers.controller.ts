import { Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Audited, namedInPath } from '../../audit/audited.decorator';
import { Roles } from '../../auth/roles.decorator';
import type { CircuitBreakerSnapshot } from '../../circuit-breaker/circuit-breaker';
import { circuitBreakerSchema } from '../../circuit-breaker/circuit-breaker.schema';
import { CircuitBreakers } from '../../circuit-breaker/circuit-breakers';
import { ApiZodResponse } from '../../infrastructure/http/open-api';
import { DomainError } from '../../kernel/domain-error';

/** The breakers of this process. */
@ApiTags('admin')
@ApiBearerAuth()
@Roles('admin')
@Controller('api/admin/circuit-breakers')
export class AdminCircuitBreakersController {
  constructor(private readonly breakers: CircuitBreakers) {}

  @Get()
  @ApiZodResponse(200, z.object({ items: z.array(circuitBreakerSchema), nextCursor: z.null() }))
  list(): { items: CircuitBreakerSnapshot[]; nextCursor: null } {
    return { items: this.breakers.list(), nextCursor: null };
  }

  /** Closes the circuit: the next attempt is made. */
  @Post(':name/reset')
  @Audited('breaker.reset', { target: namedInPath('breaker', 'name') })
  @HttpCode(200)
  @ApiZodResponse(200, circuitBreakerSchema)
  reset(@Param('name') name: string): CircuitBreakerSnapshot {
    const breaker = this.breakers.find(name);
    if (!breaker) throw new DomainError('not_found', 'There is no circuit breaker of this name on this node.');
    breaker.reset();
    return breaker.snapshot();
  }
}
