import type { Clock } from '../kernel/clock';
import { DomainError } from '../kernel/domain-error';

export interface CircuitBreakerSettings {
  /** Failures within `windowMs` that open the circuit. */
  readonly threshold: number;
  readonly windowMs: number;
  /** After this long an open circuit lets one probe through. */
  readonly resetTimeoutMs: number;
}

/** Times are monotonic, except `openedAt`, which people read. */
type State =
  | { readonly kind: 'closed'; readonly failures: readonly number[] }
  | { readonly kind: 'open'; readonly openedAt: number; readonly since: number }
  | { readonly kind: 'half-open'; readonly openedAt: number; readonly probeSince: number };

export type CircuitState = State['kind'];

/** Whether an attempt may be made now. Whoever got a permit says how the attempt went. */
export type Admission =
  { readonly admitted: true; readonly permit: Permit } | { readonly admitted: false; readonly retryAfterMs: number };

export interface Permit {
  succeeded(): void;
  failed(): void;
  /** It came to nothing that says anything: if it was the probe, the next attempt is one. */
  abandoned(): void;
}

export interface Transition {
  readonly to: CircuitState;
  /** Unix milliseconds. */
  readonly at: number;
}

export interface NamedTransition extends Transition {
  readonly name: string;
  readonly from: CircuitState;
}

/** What `GET /stats/circuit-breaker` shows of one breaker. */
export interface CircuitBreakerSnapshot {
  readonly name: string;
  readonly state: CircuitState;
  readonly failures: number;
  /** Unix milliseconds. */
  readonly openedAt: number | null;
  readonly retryAfterMs: number;
  /** Newest last. */
  readonly transitions: readonly Transition[];
}

/** Enough to see a flapping dependency. */
const MAX_TRANSITIONS = 20;

/** Stops attempts at something that keeps failing, then lets one probe find out whether it is back. */
export class CircuitBreaker {
  private state: State = { kind: 'closed', failures: [] };
  private transitions: readonly Transition[] = [];

  constructor(
    readonly name: string,
    private readonly settings: CircuitBreakerSettings,
    private readonly clock: Clock,
    private readonly onTransition: (transition: NamedTransition) => void = () => undefined,
  ) {}

  admit(): Admission {
    const { retryAfterMs } = this;
    if (retryAfterMs > 0) return { admitted: false, retryAfterMs };
    if (this.state.kind !== 'closed') {
      this.enter({ kind: 'half-open', openedAt: this.state.openedAt, probeSince: this.clock.monotonic() });
    }
    return { admitted: true, permit: this.permit() };
  }

  /** Runs `attempt` when the circuit lets it, else throws `circuit_open` at once. */
  async run<T>(attempt: () => Promise<T>): Promise<T> {
    const admission = this.admit();
    if (!admission.admitted) throw circuitOpen(this.name, admission.retryAfterMs);
    try {
      const result = await attempt();
      admission.permit.succeeded();
      return result;
    } catch (error) {
      admission.permit.failed();
      throw error;
    }
  }

  /** Opens the circuit, as somebody who knows that attempts are of no use. */
  trip(): void {
    this.enter({ kind: 'open', openedAt: this.clock.now(), since: this.clock.monotonic() });
  }

  /** Closes the circuit, as an administrator who knows better. */
  reset(): void {
    this.enter({ kind: 'closed', failures: [] });
  }

  /** Within the window. */
  get failures(): number {
    return this.state.kind === 'closed' ? this.recent(this.state.failures).length : this.settings.threshold;
  }

  /** 0: an attempt may be made now. */
  get retryAfterMs(): number {
    switch (this.state.kind) {
      case 'closed':
        return 0;
      case 'open':
        return this.remaining(this.state.since);
      case 'half-open':
        // A probe that never reports its end must not keep the circuit half-open for ever.
        return this.remaining(this.state.probeSince);
    }
  }

  snapshot(): CircuitBreakerSnapshot {
    return {
      name: this.name,
      state: this.state.kind,
      failures: this.failures,
      openedAt: this.state.kind === 'closed' ? null : this.state.openedAt,
      retryAfterMs: this.retryAfterMs,
      transitions: this.transitions,
    };
  }

  private remaining(since: number): number {
    return Math.max(0, Math.ceil(since + this.settings.resetTimeoutMs - this.clock.monotonic()));
  }

  private permit(): Permit {
    const admittedAs = this.state.kind;
    const probe = this.state;
    let reported = false;
    const once = (report: () => void) => () => {
      // What was admitted before the circuit opened says nothing about it now; neither does a probe given up on.
      const isCurrent = admittedAs === 'closed' ? this.state.kind === 'closed' : this.state === probe;
      if (!reported && isCurrent) report();
      reported = true;
    };
    return {
      succeeded: once(() => this.succeeded()),
      failed: once(() => this.failed()),
      abandoned: once(() => this.abandoned()),
    };
  }

  private succeeded(): void {
    if (this.state.kind === 'half-open') this.enter({ kind: 'closed', failures: [] });
  }

  private failed(): void {
    const now = this.clock.monotonic();
    const failures = this.state.kind === 'closed' ? [...this.recent(this.state.failures), now] : undefined;
    if (failures && failures.length < this.settings.threshold) this.state = { kind: 'closed', failures };
    else this.enter({ kind: 'open', openedAt: this.clock.now(), since: now });
  }

  private abandoned(): void {
    if (this.state.kind !== 'half-open') return;
    const { openedAt } = this.state;
    this.enter({ kind: 'open', openedAt, since: this.clock.monotonic() - this.settings.resetTimeoutMs });
  }

  private recent(failures: readonly number[]): readonly number[] {
    const oldest = this.clock.monotonic() - this.settings.windowMs;
    return failures.filter((at) => at > oldest);
  }

  private enter(state: State): void {
    const from = this.state.kind;
    const to = state.kind;
    this.state = state;
    if (from === to) return;
    const at = this.clock.now();
    this.transitions = [...this.transitions, { to, at }].slice(-MAX_TRANSITIONS);
    this.onTransition({ name: this.name, from, to, at });
  }
}

export function circuitOpen(name: string, retryAfterMs: number): DomainError {
  const seconds = Math.ceil(retryAfterMs / 1000);
  return new DomainError('circuit_open', `${name} failed too often; try again in ${seconds} s.`, {
    retryable: true,
    retryAfterMs,
    details: { circuit: name },
  });
}
