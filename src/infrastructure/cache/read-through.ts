import type { Clock } from '../../kernel/clock';
import { type Disposable, Disposables } from '../../kernel/disposables';
import type { ControlBus } from '../control-bus/control-bus';
import { isDatabaseUnavailable } from '../database/database-errors';
import { BoundedMap } from './bounded-map';
import type { Cache } from './cache';

export interface ReadThroughOptions {
  /** Names the keys in the cache and the announcements of this one. */
  readonly name: string;
  /** 0: the database is always asked while it answers; what it said last is for when it does not. */
  readonly ttlMs: number;
  /** How long "there is none" is believed; 0 = not at all. */
  readonly negativeTtlMs: number;
}

export interface ReadThroughParts {
  readonly cache: Cache;
  readonly bus: ControlBus;
  readonly clock: Clock;
  readonly random: () => number;
}

/** As it lies in the cache. */
interface Entry<T> {
  readonly value: T | null;
  /** Who stored it, and since which gap in what he heard. */
  readonly by: string;
}

interface Flight {
  /** False: somebody changed the truth since it began. */
  valid: boolean;
}

/** Lifetimes differ by this share, so that what was cached together does not expire together. */
const JITTER = 0.1;
/** Last known values that serve while the database is away. Small records, a few megabytes at most. */
const MAX_LAST_KNOWN = 10_000;
/** An outage for longer than this is one in which nobody remembers what was true. */
const LAST_KNOWN_MS = 3_600_000;

/**
 * Values of the database, read once for everybody who asks at the same time, cached, and remembered for when the database is
 * away. A value is never stored when its load began before an invalidation.
 */
export class ReadThrough<T> implements Disposable {
  private readonly flights = new Map<string, { readonly flight: Flight; readonly result: Promise<T | null> }>();
  private readonly lastKnown = new BoundedMap<string, { readonly value: T; readonly at: number }>(MAX_LAST_KNOWN);
  private readonly subscriptions = new Disposables();
  private readonly topic: string;
  private me: string;
  /** Until then only what this process stored since the gap is believed. */
  private distrustUntil = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly options: ReadThroughOptions,
    private readonly parts: ReadThroughParts,
  ) {
    this.topic = `cache.${options.name}`;
    this.me = this.newName();
    const { bus } = parts;
    for (const subscription of [
      bus.onMessage(({ topic, payload }) => {
        if (topic === this.topic && typeof payload === 'string') void this.forget(payload);
      }),
      bus.onReconnected(() => this.forgetAll()),
    ]) {
      this.subscriptions.add(() => subscription.dispose());
    }
  }

  /** Null = there is none. Throws what `load` throws, unless the database is away and the value was known before. */
  get(key: string, load: () => Promise<T | null>): Promise<T | null> {
    const running = this.flights.get(key);
    if (running) return running.result;
    const flight = { valid: true };
    const result = this.read(key, load, flight).finally(() => {
      if (this.flights.get(key)?.flight === flight) this.flights.delete(key);
    });
    this.flights.set(key, { flight, result });
    return result;
  }

  /** After a change of the truth: nobody, on any node, is given what was true before. */
  async invalidate(key: string): Promise<void> {
    await this.forget(key);
    this.parts.bus.publish({ topic: this.topic, payload: key });
  }

  /** As {@link invalidate}, where the others hear of the change in another way. */
  async forget(key: string): Promise<void> {
    this.forgetHere(key);
    // Also of what another process may have stored a moment too late.
    if (this.options.ttlMs > 0) await this.parts.cache.delete(this.cacheKey(key));
  }

  /** What was known to this process and may be about something that changed. */
  forgetWhere(isAffected: (key: string) => boolean): void {
    for (const key of [...this.flights.keys(), ...this.lastKnown.keys()]) if (isAffected(key)) void this.forget(key);
  }

  dispose(): void {
    this.subscriptions.dispose();
  }

  private async read(key: string, load: () => Promise<T | null>, flight: Flight): Promise<T | null> {
    const cached = await this.cached(key);
    if (cached && flight.valid) {
      this.remember(key, cached.value);
      return cached.value;
    }
    try {
      const value = await load();
      if (flight.valid) await this.store(key, value, flight);
      return value;
    } catch (error) {
      const known = isDatabaseUnavailable(error) ? this.known(key) : undefined;
      if (known === undefined) throw error;
      return known;
    }
  }

  private async cached(key: string): Promise<Entry<T> | undefined> {
    if (this.options.ttlMs === 0) return undefined;
    const entry = await this.parts.cache.get<Entry<T>>(this.cacheKey(key));
    return entry && (entry.by === this.me || this.parts.clock.monotonic() >= this.distrustUntil) ? entry : undefined;
  }

  private async store(key: string, value: T | null, flight: Flight): Promise<void> {
    this.remember(key, value);
    const ttlMs = this.jittered(value === null ? this.options.negativeTtlMs : this.options.ttlMs);
    if (ttlMs === 0) return;
    const entry: Entry<T> = { value, by: this.me };
    await this.parts.cache.set(this.cacheKey(key), entry, ttlMs);
    // The invalidation may have deleted before we stored.
    if (!flight.valid) await this.parts.cache.delete(this.cacheKey(key));
  }

  private remember(key: string, value: T | null): void {
    // That something did not exist is no reason to refuse it an hour later.
    if (value === null) this.lastKnown.delete(key);
    else this.lastKnown.set(key, { value, at: this.parts.clock.monotonic() });
  }

  private known(key: string): T | undefined {
    const known = this.lastKnown.get(key);
    return known && this.parts.clock.monotonic() - known.at < LAST_KNOWN_MS ? known.value : undefined;
  }

  private forgetHere(key: string): void {
    const running = this.flights.get(key);
    if (running) running.flight.valid = false;
    this.flights.delete(key);
    this.lastKnown.delete(key);
  }

  /** Announcements may have been missed. */
  private forgetAll(): void {
    for (const key of [...this.flights.keys(), ...this.lastKnown.keys()]) this.forgetHere(key);
    this.me = this.newName();
    this.distrustUntil = this.parts.clock.monotonic() + this.options.ttlMs * (1 + JITTER);
  }

  private newName(): string {
    return this.parts.random().toString(36).slice(2);
  }

  private jittered(ttlMs: number): number {
    return Math.round(ttlMs * (1 - JITTER + 2 * JITTER * this.parts.random()));
  }

  private cacheKey(key: string): string {
    return `${this.options.name}:${key}`;
  }
}
