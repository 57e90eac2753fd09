import type { IncomingHttpHeaders } from 'node:http';
import type { CircuitBreaker, Permit } from '../../circuit-breaker/circuit-breaker';
import type { Clock } from '../../kernel/clock';
import { AnsweredUsers } from './answered-users';
import type { FairQueue, Passenger } from './fair-queue';
import type { RateBudget } from './rate-budget';
import { verdictOf, type Verdict } from './verdict';

/** The API failed too often; so long nobody is let through but one who tries. */
export class CircuitRefusal extends Error {
  constructor(readonly retryAfterMs: number) {
    super('The circuit of the Claude API is open');
  }
}

/** An API that answered somebody so recently works, and fails for another because of what that one asks. */
const WORKS_MS = 10_000;

interface TrafficParts {
  readonly queue: FairQueue;
  readonly budget: RateBudget;
  readonly breaker: CircuitBreaker;
  readonly clock: Clock;
}

/** Every request to the API passes here: its turn, the limits of the key, the circuit. */
export class Traffic {
  private readonly answered = new AnsweredUsers();

  constructor(private readonly parts: TrafficParts) {}

  /** Throws a QueueRefusal or a CircuitRefusal. Whoever is let in has to `leave`. */
  async enter(passenger: Passenger, again: boolean): Promise<Passage> {
    const { queue, breaker } = this.parts;
    if (breaker.retryAfterMs > 0) throw new CircuitRefusal(breaker.retryAfterMs);
    const leave = await queue.enter(passenger, again);
    const admission = breaker.admit();
    if (admission.admitted)
      return new Passage({ ...this.parts, answered: this.answered, passenger, permit: admission.permit }, leave);
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

interface PassageParts extends TrafficParts {
  readonly answered: AnsweredUsers;
  readonly passenger: Passenger;
  readonly permit: Permit;
}

/** One request while it is at the API. Whatever becomes of it, `leave` gives back its place, and its permit if it is the probe. */
export class Passage {
  constructor(
    private readonly parts: PassageParts,
    private readonly giveBack: () => void,
  ) {}

  answered(status: number, headers: IncomingHttpHeaders): Verdict {
    const { budget, queue, clock, permit } = this.parts;
    const { model } = this.parts.passenger;
    const verdict = verdictOf(status, headers, clock.now());
    budget.read(model, headers);
    if (verdict.kind === 'limited') budget.limited(model, verdict.retryAfterMs);
    // A limit is an answer of an API that works.
    if (verdict.kind !== 'failing') this.succeeded();
    else if (status === 500 && this.worksForOthers) permit.abandoned();
    else permit.failed();
    queue.pump();
    return verdict;
  }

  /** There was no answer at all. */
  failed(): void {
    this.parts.permit.failed();
  }

  leave(): void {
    this.parts.permit.abandoned();
    this.giveBack();
  }

  private succeeded(): void {
    const { answered, passenger, clock, permit } = this.parts;
    answered.note(passenger.userId, clock.monotonic());
    permit.succeeded();
  }

  /** Nobody opens the circuit for all with a request that the API trips over. */
  private get worksForOthers(): boolean {
    const { answered, passenger, clock } = this.parts;
    const at = answered.otherThan(passenger.userId);
    return at !== undefined && clock.monotonic() - at < WORKS_MS;
  }
}
