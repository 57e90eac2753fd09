import type { Clock } from '../kernel/clock';
import { TypedEvents } from '../kernel/typed-events';
import {
  CircuitBreaker,
  type CircuitBreakerSettings,
  type CircuitBreakerSnapshot,
  type NamedTransition,
} from './circuit-breaker';

/** What a server cannot do its work without, or does worse without. */
export const DEPENDENCIES = ['postgres', 'redis', 'pty-host', 'claude-api'] as const;
export type Dependency = (typeof DEPENDENCIES)[number];

export type DependencySettings = { readonly [D in Dependency]?: Partial<CircuitBreakerSettings> };

/** Breakers of single sessions that are remembered; beyond that the least recently used is forgotten. */
const MAX_NAMED = 10_000;

/** All breakers of this process, by name. */
export class CircuitBreakers {
  readonly events = new TypedEvents<{ transition: NamedTransition }>();
  private readonly dependencies: ReadonlyMap<string, CircuitBreaker>;
  private readonly named = new Map<string, CircuitBreaker>();

  constructor(
    private readonly settings: CircuitBreakerSettings,
    private readonly clock: Clock,
    dependencies: DependencySettings = {},
  ) {
    this.dependencies = new Map(
      DEPENDENCIES.map((name) => [name, this.make(name, { ...settings, ...dependencies[name] })]),
    );
  }

  /** Never forgotten. */
  of(dependency: Dependency): CircuitBreaker {
    return this.dependencies.get(dependency) as CircuitBreaker;
  }

  /** For connection attempts: `${sessionId}:${projectId}`. */
  forKey(key: string): CircuitBreaker {
    const breaker = this.named.get(key) ?? this.make(key, this.settings);
    // A Map keeps the order of insertion: what was used last stands last.
    this.named.delete(key);
    this.named.set(key, breaker);
    for (const oldest of this.named.keys()) {
      if (this.named.size <= MAX_NAMED) break;
      this.named.delete(oldest);
    }
    return breaker;
  }

  find(name: string): CircuitBreaker | undefined {
    return this.dependencies.get(name) ?? this.named.get(name);
  }

  list(): CircuitBreakerSnapshot[] {
    return [...this.dependencies.values(), ...this.named.values()].map((breaker) => breaker.snapshot());
  }

  private make(name: string, settings: CircuitBreakerSettings): CircuitBreaker {
    return new CircuitBreaker(name, settings, this.clock, (transition) => this.onTransition(transition));
  }

  private onTransition(transition: NamedTransition): void {
    this.events.emit('transition', transition);
    // Sessions that could not be opened for want of it need not wait out their half minute.
    if (transition.to === 'closed' && isDependency(transition.name)) {
      for (const breaker of this.named.values()) breaker.reset();
    }
  }
}

export function isDependency(name: string): name is Dependency {
  return DEPENDENCIES.some((dependency) => dependency === name);
}
