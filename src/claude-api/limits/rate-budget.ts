import type { IncomingHttpHeaders } from 'node:http';
import { BoundedMap } from '../../infrastructure/cache/bounded-map';
import type { Clock } from '../../kernel/clock';
import { Allowance, type AllowanceReading } from './allowance';

/** One that is to be sent: the limits of the API are by model. */
export interface RatedRequest {
  readonly model: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

interface ModelLimits {
  /** After a 429. */
  readonly blockedUntil: number;
  /** Until then requests start one after the other: what had to wait does not come back all at once. */
  readonly cautiousUntil: number;
  readonly startedAt: number;
  readonly requests?: Allowance;
  readonly inputTokens?: Allowance;
  readonly outputTokens?: Allowance;
}

/** There are a dozen; a session may name any. */
const MAX_MODELS = 64;
const CAUTIOUS_MS = 10_000;
/** A 429 comes back within it, mostly. */
const SPACING_MS = 100;
/**
 * What is thought of a request in tokens, at most, in parts of the limit. Most of a prompt is cached and does not count, and how much
 * is not known; so requests are held when less than this is left.
 */
const TOKEN_SHARE = 0.05;
/** A 429 without `retry-after`. */
const UNKNOWN_BLOCK_MS = 2_000;
/** A date that is nonsense must not stop a team for a year. */
const MAX_BLOCK_MS = 24 * 60 * 60 * 1000;

/** The limits of one key, shared by everybody who uses it, as far as the API's answers tell. */
export class RateBudget {
  private readonly models = new BoundedMap<string, ModelLimits>(MAX_MODELS);

  constructor(private readonly clock: Clock) {}

  /** From when on it may be sent, in monotonic milliseconds; in the past: now. */
  startAt({ model, inputTokens, outputTokens }: RatedRequest): number {
    const limits = this.models.get(model);
    if (!limits) return Number.NEGATIVE_INFINITY;
    const { requests, inputTokens: input, outputTokens: output } = limits;
    return Math.max(
      limits.blockedUntil,
      limits.cautiousUntil > this.clock.monotonic() ? limits.startedAt + SPACING_MS : Number.NEGATIVE_INFINITY,
      requests?.availableAt(1) ?? Number.NEGATIVE_INFINITY,
      input?.availableAt(Math.min(inputTokens, input.share(TOKEN_SHARE))) ?? Number.NEGATIVE_INFINITY,
      output?.availableAt(Math.min(outputTokens, output.share(TOKEN_SHARE))) ?? Number.NEGATIVE_INFINITY,
    );
  }

  started({ model, inputTokens }: RatedRequest): void {
    const limits = this.models.get(model);
    if (!limits) return;
    limits.requests?.spend(1);
    limits.inputTokens?.spend(Math.min(inputTokens, limits.inputTokens.share(TOKEN_SHARE)));
    this.models.set(model, { ...limits, startedAt: this.clock.monotonic() });
  }

  /** Every answer says how much is left. */
  read(model: string, headers: IncomingHttpHeaders): void {
    const requests = this.reading(headers, 'requests');
    const input = this.reading(headers, 'input-tokens') ?? this.reading(headers, 'tokens');
    const output = this.reading(headers, 'output-tokens');
    if (!requests && !input && !output) return;
    this.models.set(model, {
      ...this.of(model),
      ...(requests && { requests: new Allowance(requests) }),
      ...(input && { inputTokens: new Allowance(input) }),
      ...(output && { outputTokens: new Allowance(output) }),
    });
  }

  /** The API refused one for its limits. */
  limited(model: string, retryAfterMs = UNKNOWN_BLOCK_MS): void {
    const limits = this.of(model);
    const until = this.clock.monotonic() + Math.min(retryAfterMs, MAX_BLOCK_MS);
    const blockedUntil = Math.max(limits.blockedUntil, until);
    this.models.set(model, { ...limits, blockedUntil, cautiousUntil: blockedUntil + CAUTIOUS_MS });
  }

  /** The last one of all models, if it is still to come. */
  get blockedUntil(): number | undefined {
    const until = Math.max(...[...this.models.values()].map(({ blockedUntil }) => blockedUntil));
    return until > this.clock.monotonic() ? until : undefined;
  }

  private of(model: string): ModelLimits {
    const never = Number.NEGATIVE_INFINITY;
    return this.models.get(model) ?? { blockedUntil: never, cautiousUntil: never, startedAt: never };
  }

  private reading(headers: IncomingHttpHeaders, kind: string): AllowanceReading | undefined {
    const header = (name: string): string => String(headers[`anthropic-ratelimit-${kind}-${name}`] ?? '');
    const remaining = numberOf(header('remaining'));
    const reset = Date.parse(header('reset'));
    if (remaining === undefined || Number.isNaN(reset)) return undefined;
    const at = this.clock.monotonic();
    const inMs = Math.min(Math.max(0, reset - this.clock.now()), MAX_BLOCK_MS);
    return { limit: numberOf(header('limit')), remaining, resetAt: at + inMs, at };
  }
}

function numberOf(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
