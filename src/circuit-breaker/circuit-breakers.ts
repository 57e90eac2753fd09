import type { Clock } from '../kernel/clock';
import { CircuitBreaker, type CircuitBreakerSettings, type CircuitBreakerSnapshot } from './circuit-breaker';

/** What a server cannot do its work without, or does worse without. */
export type Dependency = 'postgres' | 'redis' | 'pty-host' | 'claude-api';

/** Breakers of single sessions that are remembered; beyond that the least recently used is forgotten. */
const MAX_NAMED = 10_000;

/** All breakers of this process, by name. */
export class CircuitBreakers {
  private readonly dependencies = new Map<Dependency, CircuitBreaker>();
  private readonly named = new Map<string, CircuitBreaker>();

  constructor(
    private readonly settings: CircuitBreakerSettings,
    private readonly clock: Clock,
  ) {}

  /** Never forgotten. The settings count when the breaker is asked for the first time. */
  of(dependency: Dependency, settings: Partial<CircuitBreakerSettings> = {}): CircuitBreaker {
    const known = this.dependencies.get(dependency);
    if (known) return known;
    const breaker = new CircuitBreaker(dependency, { ...this.settings, ...settings }, this.clock);
    this.dependencies.set(dependency, breaker);
    return breaker;
  }

  /** For connection attempts: `${sessionId}:${projectId}`. */
  forKey(key: string): CircuitBreaker {
    const breaker = this.named.get(key) ?? new CircuitBreaker(key, this.settings, this.clock);
    // A Map keeps the order of insertion: what was used last stands last.
    this.named.delete(key);
    this.named.set(key, breaker);
    for (const oldest of this.named.keys()) {
      if (this.named.size <= MAX_NAMED) break;
      this.named.delete(oldest);
    }
    return breaker;
  }

  list(): CircuitBreakerSnapshot[] {
    return [...this.dependencies.values(), ...this.named.values()].map((breaker) => breaker.snapshot());
  }
}
