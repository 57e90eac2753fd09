import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';
import type { CircuitState } from '../circuit-breaker/circuit-breaker';
import { CircuitBreakers, DEPENDENCIES, isDependency } from '../circuit-breaker/circuit-breakers';
import type { Disposable } from '../kernel/disposables';
import { Metrics } from './metrics';

const VALUE: Readonly<Record<CircuitState, number>> = { closed: 0, 'half-open': 1, open: 2 };
/** Names of sessions are without bound; as labels they would fill Prometheus. */
const SESSIONS = 'session';

@Injectable()
export class CircuitBreakerMetrics implements OnModuleDestroy {
  private readonly subscription: Disposable;

  constructor(metrics: Metrics, breakers: CircuitBreakers) {
    const registers = [metrics.registry];
    new Gauge({
      name: 'holdfast_circuit_breaker_state',
      help: 'Of each dependency: 0 closed, 1 half-open, 2 open.',
      labelNames: ['name'],
      registers,
      collect() {
        for (const name of DEPENDENCIES) this.set({ name }, VALUE[breakers.of(name).snapshot().state]);
      },
    });
    const transitions = new Counter({
      name: 'holdfast_circuit_breaker_transitions_total',
      help: 'Of each dependency, and of all sessions together.',
      labelNames: ['name', 'to'],
      registers,
    });
    this.subscription = breakers.events.on('transition', ({ name, to }) =>
      transitions.inc({ name: isDependency(name) ? name : SESSIONS, to }),
    );
  }

  onModuleDestroy(): void {
    this.subscription.dispose();
  }
}
