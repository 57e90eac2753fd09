import { Module } from '@nestjs/common';
import { CircuitBreakerMetrics } from './circuit-breaker-metrics';
import { Metrics } from './metrics';
import { OperationsController } from './operations.controller';

@Module({
  controllers: [OperationsController],
  providers: [CircuitBreakerMetrics, Metrics],
  exports: [Metrics],
})
export class MonitoringModule {}
