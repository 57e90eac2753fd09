import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../../config/environment';
import { BoundedMap } from '../infrastructure/cache/bounded-map';
import { Clock } from '../kernel/clock';
import { TypedEvents } from '../kernel/typed-events';
import { addressKey } from './address-key';
import { KINDS, type LimitKind, type RateKind, ratesOf } from './limit-kinds';
import { TokenBucket } from './token-bucket';

/** Of each kind, some hundred bytes each. Beyond it the longest unused is forgotten: an address that comes back has its burst again. */
const MAX_KEYS = 10_000;
/** An address that a proxy passes on may be any text. */
const MAX_KEY_LENGTH = 256;

export interface Taken {
  readonly allowed: boolean;
  /** 0 when allowed. */
  readonly retryAfterMs: number;
}

export interface LimitHit {
  readonly kind: LimitKind;
  readonly key: string;
}

/** How often each address and user may do what costs something. Of this process: several gateways count for themselves. */
@Injectable()
export class RateLimits {
  readonly events = new TypedEvents<{ hit: LimitHit }>();
  private readonly counts = new Map<LimitKind, number>();
  private readonly buckets = new Map<RateKind, BoundedMap<string, TokenBucket>>();
  private readonly rates: ReturnType<typeof ratesOf>;

  constructor(
    private readonly clock: Clock,
    @Inject(CONFIG) config: Config,
  ) {
    this.rates = ratesOf(config);
  }

  take(kind: RateKind, key: string): Taken {
    const retryAfterMs = this.bucket(kind, key).take(this.clock.monotonic());
    if (retryAfterMs > 0) this.note(kind, key);
    return { allowed: retryAfterMs === 0, retryAfterMs };
  }

  /** What was taken turned out not to count: the credential was good, or could not be looked at. */
  giveBack(kind: RateKind, key: string): void {
    this.bucket(kind, key).give();
  }

  /** Somebody ran into a limit; also those that are enforced elsewhere. */
  note(kind: LimitKind, key: string): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
    this.events.emit('hit', { kind, key: keyOf(kind, key) });
  }

  /** How often that happened. */
  hits(kind: LimitKind): number {
    return this.counts.get(kind) ?? 0;
  }

  /** For who takes thousands of times a second, and notes the hits. */
  bucket(kind: RateKind, key: string): TokenBucket {
    let ofKind = this.buckets.get(kind);
    if (!ofKind) this.buckets.set(kind, (ofKind = new BoundedMap(MAX_KEYS)));
    const normalized = keyOf(kind, key);
    let bucket = ofKind.get(normalized);
    if (!bucket) ofKind.set(normalized, (bucket = new TokenBucket(this.rates[kind], this.clock.monotonic())));
    return bucket;
  }
}

function keyOf(kind: LimitKind, key: string): string {
  const short = key.slice(0, MAX_KEY_LENGTH);
  return KINDS[kind].by === 'address' ? addressKey(short) : short;
}
