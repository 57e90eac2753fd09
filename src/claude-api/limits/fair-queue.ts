import type { Clock } from '../../kernel/clock';
import type { RatedRequest, RateBudget } from './rate-budget';
import { WaitingLine, type Waiter } from './waiting-line';

/** Of one user: ten sessions with ten subagents each. */
const MAX_WAITING_PER_USER = 100;
/** Of all users; each has a body of up to 32 MiB, which is bounded elsewhere. */
const MAX_WAITING = 1_000;
/** So much of all places one user may hold: whoever comes next does not wait for the end of somebody else's long answers. */
const MAX_SHARE = 0.75;
/** A timer that is set again when it was too early. */
const MAX_TIMER_MS = 60_000;
/** What changes by less is not told again. */
const SAME_UNTIL_MS = 500;

/** A request on its way to the API. */
export interface Passenger extends Waiter, RatedRequest {
  /** Monotonic milliseconds: it waits no longer than this. */
  readonly deadline: number;
  readonly signal: AbortSignal;
  /** It is held back by the limits of the key until then (monotonic). */
  readonly onHeld: (until: number) => void;
}

/** Why a request is not let through; `until`: when it is worth trying again, in monotonic milliseconds. */
export class QueueRefusal extends Error {
  constructor(
    readonly reason: 'limit' | 'busy',
    readonly until: number,
  ) {
    super(`The request is not let through: ${reason}`);
  }
}

interface Ticket extends Waiter {
  readonly passenger: Passenger;
  readonly go: (leave: () => void) => void;
  readonly refuse: (refusal: QueueRefusal | Error) => void;
  toldUntil: number;
}

/** Lets so many requests to the API at once, everybody in turn, and none before the limits of the key allow it. */
export class FairQueue {
  private readonly line = new WaitingLine<Ticket>();
  private readonly activeOf = new Map<string, number>();
  private total = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly places: number,
    private readonly budget: RateBudget,
    private readonly clock: Pick<Clock, 'monotonic'>,
  ) {}

  get active(): number {
    return this.total;
  }

  get waiting(): number {
    return this.line.size;
  }

  /** Resolves with what gives the place back. `again`: it was in once, and does not stand behind those who came later. */
  enter(passenger: Passenger, again = false): Promise<() => void> {
    const { userId, priority, signal } = passenger;
    if (this.line.sizeOf(userId) >= MAX_WAITING_PER_USER || this.line.size >= MAX_WAITING) {
      return Promise.reject(new QueueRefusal('busy', this.clock.monotonic()));
    }
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.line.remove(ticket);
        ticket.refuse(signal.reason as Error);
      };
      const settled =
        <T>(settle: (value: T) => void) =>
        (value: T): void => {
          signal.removeEventListener('abort', onAbort);
          settle(value);
        };
      const ticket: Ticket = {
        userId,
        priority,
        passenger,
        go: settled(resolve),
        refuse: settled(reject),
        toldUntil: Number.NEGATIVE_INFINITY,
      };
      if (signal.aborted) return reject(signal.reason as Error);
      signal.addEventListener('abort', onAbort, { once: true });
      this.line.add(ticket, again);
      this.pump();
    });
  }

  /** Lets through who may go; to be called when the limits have changed. */
  pump(): void {
    clearTimeout(this.timer);
    const now = this.clock.monotonic();
    while (this.total < this.places) {
      const ticket = this.line.take((waiting) => this.mayGo(waiting, now));
      if (!ticket) break;
      this.budget.started(ticket.passenger);
      ticket.go(this.occupy(ticket.userId));
    }
    const wakeAt = this.review(now);
    if (wakeAt === undefined) return;
    this.timer = setTimeout(() => this.pump(), Math.min(MAX_TIMER_MS, Math.max(1, Math.ceil(wakeAt - now)))).unref();
  }

  private mayGo({ userId, passenger }: Ticket, now: number): boolean {
    const held = this.activeOf.get(userId) ?? 0;
    return held < Math.max(1, Math.floor(this.places * MAX_SHARE)) && this.budget.startAt(passenger) <= now;
  }

  /** Refuses who would wait too long, tells who is held, and answers when to look again. */
  private review(now: number): number | undefined {
    let wakeAt: number | undefined;
    for (const ticket of [...this.line]) {
      const { passenger } = ticket;
      const startAt = this.budget.startAt(passenger);
      if (startAt > passenger.deadline || now >= passenger.deadline) {
        this.line.remove(ticket);
        ticket.refuse(new QueueRefusal(startAt > now ? 'limit' : 'busy', Math.max(startAt, now)));
        continue;
      }
      if (startAt > now && startAt - ticket.toldUntil > SAME_UNTIL_MS) {
        ticket.toldUntil = startAt;
        passenger.onHeld(startAt);
      }
      const next = startAt > now ? Math.min(startAt, passenger.deadline) : passenger.deadline;
      wakeAt = Math.min(wakeAt ?? next, next);
    }
    return wakeAt;
  }

  private occupy(userId: string): () => void {
    this.total++;
    this.activeOf.set(userId, (this.activeOf.get(userId) ?? 0) + 1);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.total--;
      const left = (this.activeOf.get(userId) ?? 1) - 1;
      if (left > 0) this.activeOf.set(userId, left);
      else this.activeOf.delete(userId);
      this.pump();
    };
  }
}
