import { Global, Module } from '@nestjs/common';
import { CONFIG, type Config } from '../../config/environment';
import { Clock } from '../kernel/clock';
import { CircuitBreakers } from './circuit-breakers';

@Global()
@Module({
  providers: [
    {
      provide: CircuitBreakers,
      inject: [CONFIG, Clock],
      useFactory: (config: Config, clock: Clock) => new CircuitBreakers(config.circuitBreaker, clock),
    },
  ],
  exports: [CircuitBreakers],
})
export class CircuitBreakerModule {}
