import type { RequestPriority } from '../claude-api-events';

/** How often each kind goes first while several wait: nobody waits for ever, and whoever sits in front of a screen waits least. */
const WEIGHTS: readonly (readonly [RequestPriority, number])[] = [
  ['interactive', 12],
  ['subagent', 4],
  ['suggestion', 1],
];

export interface Waiter {
  readonly userId: string;
  readonly priority: RequestPriority;
}

/** Who waits, by kind and user: kinds by weight, the users of a kind in turn, the requests of a user in their order. */
export class WaitingLine<W extends Waiter> {
  private readonly levels = WEIGHTS.map(([priority, weight]) => ({
    priority,
    weight,
    credit: 0,
    /** A Map keeps the order of insertion: who was served last stands last. */
    users: new Map<string, W[]>(),
  }));
  private readonly counts = new Map<string, number>();
  private total = 0;

  get size(): number {
    return this.total;
  }

  sizeOf(userId: string): number {
    return this.counts.get(userId) ?? 0;
  }

  /** `first`: it has waited before. */
  add(waiter: W, first = false): void {
    const { users } = this.level(waiter.priority);
    const own = users.get(waiter.userId) ?? [];
    if (first) own.unshift(waiter);
    else own.push(waiter);
    users.set(waiter.userId, own);
    this.count(waiter.userId, 1);
  }

  remove(waiter: W): void {
    const { users } = this.level(waiter.priority);
    const own = users.get(waiter.userId);
    const index = own?.indexOf(waiter) ?? -1;
    if (!own || index < 0) return;
    own.splice(index, 1);
    if (own.length === 0) users.delete(waiter.userId);
    this.count(waiter.userId, -1);
  }

  /** Takes the one whose turn it is of those that may go. */
  take(mayGo: (waiter: W) => boolean): W | undefined {
    const candidates = this.levels.flatMap((level) => {
      const next = firstOf(level.users, mayGo);
      return next ? [{ level, next }] : [];
    });
    // Smooth weighted round robin: everybody earns their weight, the richest goes and pays for all.
    let chosen: (typeof candidates)[number] | undefined;
    let weights = 0;
    for (const candidate of candidates) {
      weights += candidate.level.weight;
      candidate.level.credit += candidate.level.weight;
      if (!chosen || candidate.level.credit > chosen.level.credit) chosen = candidate;
    }
    if (!chosen) return undefined;
    const { level, next } = chosen;
    level.credit -= weights;
    this.remove(next);
    const others = level.users.get(next.userId);
    if (others) {
      level.users.delete(next.userId);
      level.users.set(next.userId, others);
    }
    return next;
  }

  *[Symbol.iterator](): IterableIterator<W> {
    for (const { users } of this.levels) for (const own of users.values()) yield* own;
  }

  private level(priority: RequestPriority): (typeof this.levels)[number] {
    return this.levels.find((level) => level.priority === priority) as (typeof this.levels)[number];
  }

  private count(userId: string, change: 1 | -1): void {
    const count = this.sizeOf(userId) + change;
    if (count > 0) this.counts.set(userId, count);
    else this.counts.delete(userId);
    this.total += change;
  }
}

function firstOf<W extends Waiter>(
  users: ReadonlyMap<string, readonly W[]>,
  mayGo: (waiter: W) => boolean,
): W | undefined {
  for (const own of users.values()) {
    const next = own.find(mayGo);
    if (next) return next;
  }
  return undefined;
}
