import { Global, Logger, Module } from '@nestjs/common';
import { CONFIG, type Config } from '../../config/environment';
import { Clock } from '../kernel/clock';
import type { NamedTransition } from './circuit-breaker';
import { CircuitBreakers, isDependency } from './circuit-breakers';

/** Short: one that is back early saves more than a failed probe costs. */
const DATA_STORE_RESET_MS = 2000;

@Global()
@Module({
  providers: [
    {
      provide: CircuitBreakers,
      inject: [CONFIG, Clock],
      useFactory: ({ circuitBreaker }: Config, clock: Clock) => {
        const dataStore = { resetTimeoutMs: Math.min(DATA_STORE_RESET_MS, circuitBreaker.resetTimeoutMs) };
        const breakers = new CircuitBreakers(circuitBreaker, clock, { postgres: dataStore, redis: dataStore });
        breakers.events.on('transition', logDependency);
        return breakers;
      },
    },
  ],
  exports: [CircuitBreakers],
})
export class CircuitBreakerModule {}

const logger = new Logger('CircuitBreaker');

/** Probes come every few seconds during an outage: their beginnings and failures say nothing new. */
function logDependency({ name, from, to }: NamedTransition): void {
  if (!isDependency(name)) return;
  if (from === 'closed') logger.warn(`${name} failed too often: attempts are refused until a probe succeeds.`);
  else if (to === 'closed') logger.log(`${name} is back.`);
}
