import { Controller, Get, Header, UseGuards } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { OperatorGuard } from '../auth/operator.guard';
import { Public } from '../auth/public.decorator';
import type { CircuitBreakerSnapshot } from '../circuit-breaker/circuit-breaker';
import { CircuitBreakers } from '../circuit-breaker/circuit-breakers';
import { Metrics } from './metrics';
import { SessionStats } from './session-stats';

/** Numbers for operators and their Prometheus. */
@ApiTags('operations')
@Public()
@UseGuards(OperatorGuard)
@Controller()
export class OperationsController {
  constructor(
    private readonly measured: Metrics,
    private readonly breakers: CircuitBreakers,
    private readonly sessions: SessionStats,
  ) {}

  @Get('metrics')
  @Header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  metrics(): Promise<string> {
    return this.measured.registry.metrics();
  }

  @Get('stats/sessions')
  sessionStats(): Promise<Record<string, unknown>> {
    return this.sessions.snapshot();
  }

  @Get('stats/circuit-breaker')
  circuitBreakers(): { items: CircuitBreakerSnapshot[] } {
    return { items: this.breakers.list() };
  }
}
