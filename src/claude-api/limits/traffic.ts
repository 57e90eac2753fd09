import type { IncomingHttpHeaders } from 'node:http';
import type { CircuitBreaker, Permit } from '../../circuit-breaker/circuit-breaker';
import type { Clock } from '../../kernel/clock';
import type { FairQueue, Passenger } from './fair-queue';
import type { RateBudget } from './rate-budget';
import { verdictOf, type Verdict } from './verdict';

/** The API failed too often; so long nobody is let through but one who tries. */
export class CircuitRefusal extends Error {
  constructor(readonly retryAfterMs: number) {
    super('The circuit of the Claude API is open');
  }
}

interface TrafficParts {
  readonly queue: FairQueue;
  readonly budget: RateBudget;
  readonly breaker: CircuitBreaker;
  readonly clock: Clock;
}

/** Every request to the API passes here: its turn, the limits of the key, the circuit. */
export class Traffic {
  constructor(private readonly parts: TrafficParts) {}

  /** Throws a QueueRefusal or a CircuitRefusal. Whoever is let in has to `leave`. */
  async enter(passenger: Passenger, again: boolean): Promise<Passage> {
    const { queue, breaker } = this.parts;
    if (breaker.retryAfterMs > 0) throw new CircuitRefusal(breaker.retryAfterMs);
    const leave = await queue.enter(passenger, again);
    const admission = breaker.admit();
    if (admission.admitted) return new Passage(this.parts, passenger.model, admission.permit, leave);
    leave();
    throw new CircuitRefusal(admission.retryAfterMs);
  }

  get active(): number {
    return this.parts.queue.active;
  }

  get waiting(): number {
    return this.parts.queue.waiting;
  }

  /** Unix milliseconds. */
  get limitedUntil(): number | undefined {
    const { budget, clock } = this.parts;
    const until = budget.blockedUntil;
    return until === undefined ? undefined : Math.ceil(clock.now() + until - clock.monotonic());
  }
}

/** One request while it is at the API. Whatever becomes of it, `leave` gives back its place, and its permit if it is the probe. */
export class Passage {
  constructor(
    private readonly parts: TrafficParts,
    private readonly model: string,
    private readonly permit: Permit,
    private readonly giveBack: () => void,
  ) {}

  answered(status: number, headers: IncomingHttpHeaders): Verdict {
    const { budget, queue, clock } = this.parts;
    const verdict = verdictOf(status, headers, clock.now());
    budget.read(this.model, headers);
    if (verdict.kind === 'limited') budget.limited(this.model, verdict.retryAfterMs);
    // A limit is an answer of an API that works.
    if (verdict.kind === 'failing') this.permit.failed();
    else this.permit.succeeded();
    queue.pump();
    return verdict;
  }

  /** There was no answer at all. */
  failed(): void {
    this.permit.failed();
  }

  leave(): void {
    this.permit.abandoned();
    this.giveBack();
  }
}
