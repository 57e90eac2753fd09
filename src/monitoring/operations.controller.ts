import { Controller, Get, Header, UseGuards } from '@nestjs/common';
import { ApiForbiddenResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { OperatorGuard } from '../auth/operator.guard';
import { Public } from '../auth/public.decorator';
import { circuitBreakerSchema } from '../circuit-breaker/circuit-breaker.schema';
import type { CircuitBreakerSnapshot } from '../circuit-breaker/circuit-breaker';
import { CircuitBreakers } from '../circuit-breaker/circuit-breakers';
import { ApiContentResponse, ApiZodResponse } from '../infrastructure/http/open-api';
import { Metrics } from './metrics';
import { SessionStats } from './session-stats';

/** Numbers for operators and their Prometheus. */
@ApiTags('operations')
@Public()
@UseGuards(OperatorGuard)
@ApiForbiddenResponse({ description: 'Only for operators.' })
@Controller()
export class OperationsController {
  constructor(
    private readonly measured: Metrics,
    private readonly breakers: CircuitBreakers,
    private readonly sessions: SessionStats,
  ) {}

  @Get('metrics')
  @ApiContentResponse(200, 'text/plain', 'For Prometheus.')
  @Header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  metrics(): Promise<string> {
    return this.measured.registry.metrics();
  }

  @Get('stats/sessions')
  @ApiZodResponse(200, z.record(z.string(), z.unknown()))
  sessionStats(): Promise<Record<string, unknown>> {
    return this.sessions.snapshot();
  }

  @Get('stats/circuit-breaker')
  @ApiZodResponse(200, z.object({ items: z.array(circuitBreakerSchema) }))
  circuitBreakers(): { items: CircuitBreakerSnapshot[] } {
    return { items: this.breakers.list() };
  }
}
