import { Module } from '@nestjs/common';
import { CircuitBreakerMetrics } from './circuit-breaker-metrics';
import { Metrics } from './metrics';
import { OperationsController } from './operations.controller';
import { OutboxMetrics } from './outbox-metrics';
import { RateLimitMetrics } from './rate-limit-metrics';

@Module({
  controllers: [OperationsController],
  providers: [CircuitBreakerMetrics, Metrics, OutboxMetrics, RateLimitMetrics],
  exports: [Metrics],
})
export class MonitoringModule {}
