import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Backoff } from '../../circuit-breaker/backoff';
import type { Clock } from '../../kernel/clock';
import type { ClaudeApiEvents } from '../claude-api-events';
import type { ClaudeToken } from '../claude-tokens';
import { type Passenger, QueueRefusal } from '../limits/fair-queue';
import { CircuitRefusal, type Passage, type Traffic } from '../limits/traffic';
import type { Verdict } from '../limits/verdict';
import type { ApiRefusal } from './api-refusal';
import { refusals } from './refusals';
import type { RequestFacts } from './request-facts';
import type { Upstream } from './upstream';

export interface AttemptsParts {
  readonly upstream: Upstream;
  readonly traffic: Traffic;
  readonly events: ClaudeApiEvents;
  readonly backoff: Backoff;
  readonly clock: Clock;
  /** So long a request is kept back at most before its CLI is told to come again, and shows its user until when. */
  readonly holdMs: number;
}

/** What is to be sent, for whom, since when (monotonic), and for how long. */
export interface Attempted {
  readonly token: ClaudeToken;
  readonly request: IncomingMessage;
  readonly facts: RequestFacts;
  readonly body: Buffer;
  readonly since: number;
  readonly signal: AbortSignal;
}

/** Beyond, it is the CLI's turn to try again. */
const MAX_ATTEMPTS = 6;
/** A 429 that names no time, when it was the last attempt. */
const UNKNOWN_WAIT_MS = 5_000;

type Sent = { readonly answer: IncomingMessage } | { readonly waitMs: number };

/** Sends a request until there is an answer for the CLI, which nothing is tried after. */
export class Attempts {
  private made = 0;

  constructor(
    private readonly parts: AttemptsParts,
    private readonly call: Attempted,
  ) {}

  get count(): number {
    return this.made;
  }

  /** Calls `hand` with the head of the answer; the request has its place at the API until that is done. */
  async run<T>(hand: (answer: IncomingMessage) => Promise<T>): Promise<T> {
    const passenger = this.passenger();
    for (;;) {
      const passage = await this.enter(passenger);
      let waitMs: number;
      try {
        const sent = await this.send(passage);
        if ('answer' in sent) return await hand(sent.answer);
        waitMs = sent.waitMs;
      } finally {
        passage.leave();
      }
      if (waitMs > 0) await sleep(waitMs, undefined, { signal: this.call.signal });
    }
  }

  private passenger(): Passenger {
    const { token, facts, since, signal } = this.call;
    return {
      userId: token.userId,
      priority: facts.priority,
      model: facts.model,
      inputTokens: facts.inputTokens,
      outputTokens: facts.maxTokens,
      deadline: since + this.parts.holdMs,
      signal,
      onHeld: (until) => void this.tellLimited(until - this.parts.clock.monotonic()),
    };
  }

  private async enter(passenger: Passenger): Promise<Passage> {
    const { traffic, clock } = this.parts;
    try {
      return await traffic.enter(passenger, this.made > 0);
    } catch (error) {
      if (error instanceof CircuitRefusal) throw this.down(error.retryAfterMs, refusals.circuitOpen);
      if (!(error instanceof QueueRefusal)) throw error;
      throw error.reason === 'busy' ? refusals.busy() : this.limited(error.until - clock.monotonic());
    }
  }

  private async send(passage: Passage): Promise<Sent> {
    const { upstream } = this.parts;
    const { body, signal, request } = this.call;
    if (!upstream.hasKey) throw refusals.noKey();
    this.made++;
    const { method = 'GET', url = '/', headers } = request;
    let answer: IncomingMessage;
    try {
      answer = await upstream.send({ method, url, headers, body, signal });
    } catch (error) {
      if (signal.aborted) throw error;
      passage.failed();
      return this.afterBackoff() ?? this.fail(this.down(this.parts.backoff.delayMs(this.made), refusals.unreachable));
    }
    return this.judge(answer, passage.answered(answer.statusCode ?? 502, answer.headers));
  }

  private judge(answer: IncomingMessage, verdict: Verdict): Sent {
    const sent = this.follow(answer, verdict);
    // Thrown away, and its connection used again.
    if (!('answer' in sent)) answer.on('error', () => undefined).resume();
    return 'refusal' in sent ? this.fail(sent.refusal) : sent;
  }

  private follow(answer: IncomingMessage, verdict: Verdict): Sent | { readonly refusal: ApiRefusal } {
    switch (verdict.kind) {
      case 'answer':
        return { answer };
      case 'limited':
        // It waits in the queue, where everybody waits for the same limit.
        if (this.made < MAX_ATTEMPTS) return { waitMs: 0 };
        return { refusal: this.limited(verdict.retryAfterMs ?? UNKNOWN_WAIT_MS) };
      case 'failing':
        return this.afterBackoff(verdict.retryAfterMs) ?? { answer };
      case 'key':
        return { refusal: refusals.keyRejected(answer.statusCode ?? 401) };
      case 'redirect':
        return { refusal: refusals.redirected() };
    }
  }

  /** Undefined: it was tried often enough, or would have to wait for too long. */
  private afterBackoff(retryAfterMs = 0): { readonly waitMs: number } | undefined {
    const { backoff, clock, holdMs } = this.parts;
    if (this.made >= MAX_ATTEMPTS) return undefined;
    const waitMs = Math.max(1, backoff.delayMs(this.made), retryAfterMs);
    return clock.monotonic() + waitMs > this.call.since + holdMs ? undefined : { waitMs };
  }

  private down(waitMs: number, refusal: (waitMs: number) => ApiRefusal): ApiRefusal {
    const { clock, events } = this.parts;
    events.emit('apiDown', { token: this.call.token, untilMs: Math.ceil(clock.now() + waitMs) });
    return refusal(waitMs);
  }

  private limited(waitMs: number): ApiRefusal {
    return refusals.limited(waitMs, new Date(this.tellLimited(waitMs)).toISOString());
  }

  private tellLimited(waitMs: number): number {
    const { clock, events } = this.parts;
    const untilMs = Math.ceil(clock.now() + waitMs);
    events.emit('rateLimited', { token: this.call.token, untilMs });
    return untilMs;
  }

  private fail(refusal: ApiRefusal): never {
    throw refusal;
  }
}
