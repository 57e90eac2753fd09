import { Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Roles } from '../auth/roles.decorator';
import type { CircuitBreakerSnapshot } from '../circuit-breaker/circuit-breaker';
import { CircuitBreakers } from '../circuit-breaker/circuit-breakers';
import { ApiZodResponse } from '../infrastructure/http/open-api';
import { DomainError } from '../kernel/domain-error';

const stateSchema = z.enum(['closed', 'open', 'half-open']);
const breakerSchema = z.object({
  name: z.string().describe('A dependency, or `${sessionId}:${projectId}`.'),
  state: stateSchema,
  failures: z.number(),
  openedAt: z.number().nullable().describe('Unix milliseconds.'),
  retryAfterMs: z.number(),
  transitions: z.array(z.object({ to: stateSchema, at: z.number() })),
});

/** The breakers of this process. */
@ApiTags('admin')
@ApiBearerAuth()
@Roles('admin')
@Controller('api/admin/circuit-breakers')
export class AdminCircuitBreakersController {
  constructor(private readonly breakers: CircuitBreakers) {}

  @Get()
  @ApiZodResponse(200, z.object({ items: z.array(breakerSchema), nextCursor: z.null() }))
  list(): { items: CircuitBreakerSnapshot[]; nextCursor: null } {
    return { items: this.breakers.list(), nextCursor: null };
  }

  /** Closes the circuit: the next attempt is made. */
  @Post(':name/reset')
  @HttpCode(200)
  @ApiZodResponse(200, breakerSchema)
  reset(@Param('name') name: string): CircuitBreakerSnapshot {
    const breaker = this.breakers.find(name);
    if (!breaker) throw new DomainError('not_found', 'There is no circuit breaker of this name on this node.');
    breaker.reset();
    return breaker.snapshot();
  }
}
