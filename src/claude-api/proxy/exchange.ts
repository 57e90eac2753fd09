import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ClaudeBudgets, Reservation } from '../../claude-usage/claude-budgets';
import { UsageMeter } from '../../claude-usage/usage-meter';
import { DomainError } from '../../kernel/domain-error';
import type { ClaudeToken } from '../claude-tokens';
import { answer as answerSelf } from '../listener/answers';
import { ApiRefusal } from './api-refusal';
import { Attempts, type AttemptsParts } from './attempts';
import { type Ending, outcomeOf } from './ending';
import type { HeldBodies } from './held-bodies';
import { refusalOf } from './refusals';
import { relay } from './relay';
import { readBody } from './request-body';
import { requestFacts, type RequestFacts } from './request-facts';

export interface ExchangeParts extends AttemptsParts {
  readonly budgets: Pick<ClaudeBudgets, 'assertModel' | 'reserve'>;
  readonly bodies: HeldBodies;
}

export interface Call {
  readonly token: ClaudeToken;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
}

/** Of what somebody else says of a request. */
const MAX_CLAIM_LENGTH = 64;

/** One request of a session, from its arrival to the last byte of the answer. */
export class Exchange {
  private readonly gone = new AbortController();
  private readonly at: number;
  private readonly since: number;
  private attempts: Attempts | undefined;
  private firstByteMs: number | undefined;
  private facts: RequestFacts | undefined;
  private requestBytes = 0;

  constructor(
    private readonly parts: ExchangeParts,
    private readonly call: Call,
  ) {
    const { response } = call;
    this.at = parts.clock.now();
    this.since = parts.clock.monotonic();
    response.once('close', () => {
      if (!response.writableFinished) this.gone.abort();
    });
  }

  async run(): Promise<void> {
    const held = this.parts.bodies.hold(this.call.token.userId);
    let ending: Ending = { kind: 'broken' };
    try {
      const body = await readBody(this.call.request, held);
      ending = await this.answer(body);
    } catch (error) {
      ending = this.isGone ? { kind: 'gone' } : this.refuse(asRefusal(error));
    } finally {
      held.release();
      this.settle(ending);
    }
  }

  private async answer(body: Buffer): Promise<Ending> {
    const { events } = this.parts;
    const budgets: ExchangeParts['budgets'] = this.parts.budgets;
    const { token, request, path } = this.call;
    this.requestBytes = body.length;
    const facts = (this.facts = requestFacts(request, path, body, token));
    events.emit('started', { token, model: facts.model });
    if (facts.model !== '') budgets.assertModel(token, facts.model);
    const reservation = facts.isPaid ? this.reserve(facts) : undefined;
    const { since } = this;
    const attempts = new Attempts(this.parts, { token, request, facts, body, since, signal: this.gone.signal });
    this.attempts = attempts;
    try {
      return await attempts.run((answer) => this.hand(answer, reservation));
    } finally {
      // Counts only if nothing was settled.
      reservation?.release();
    }
  }

  private reserve({ model, inputTokens, maxTokens, priority }: RequestFacts): Reservation {
    return this.parts.budgets.reserve(this.call.token, {
      model,
      estimatedInputTokens: inputTokens,
      maxTokens,
      conversation: priority === 'interactive',
    });
  }

  private async hand(answer: IncomingMessage, reservation: Reservation | undefined): Promise<Ending> {
    const { token, response } = this.call;
    const status = answer.statusCode ?? 502;
    const succeeded = status >= 200 && status < 300;
    const meter = succeeded && reservation ? new UsageMeter(answer.headers['content-type']) : undefined;
    if (succeeded) this.parts.events.emit('streaming', { token });
    const whole = await relay(answer, response, (chunk) => {
      this.firstByteMs ??= this.elapsed();
      meter?.push(chunk);
    });
    const usage = meter?.result();
    if (usage) reservation?.settle(usage);
    return { kind: 'relayed', status, whole, usage, upstreamId: headerOf(answer, 'request-id') };
  }

  private refuse({ answer, refused }: ApiRefusal): Ending {
    answerSelf(this.call.response, answer);
    return { kind: 'refused', status: answer.status, refused };
  }

  private settle(ending: Ending): void {
    const { token, request, path } = this.call;
    const claimedSession = headerOf(request, 'x-claude-code-session-id');
    this.parts.events.emit('settled', {
      token,
      request: {
        at: this.at,
        path,
        model: this.facts?.model ?? '',
        priority: this.facts?.priority ?? 'interactive',
        attempts: this.attempts?.count ?? 0,
        ...(this.firstByteMs !== undefined && { firstByteMs: this.firstByteMs }),
        durationMs: this.elapsed(),
        requestBytes: this.requestBytes,
        ...(claimedSession !== undefined && { claimedSession }),
        ...outcomeOf(ending),
      },
    });
  }

  /** Nobody is there to read an answer. */
  private get isGone(): boolean {
    const { request, response } = this.call;
    return this.gone.signal.aborted || response.destroyed || (request.destroyed && !request.complete);
  }

  private elapsed(): number {
    return Math.round(this.parts.clock.monotonic() - this.since);
  }
}

function asRefusal(error: unknown): ApiRefusal {
  if (error instanceof ApiRefusal) return error;
  if (error instanceof DomainError) return refusalOf(error);
  throw error;
}

function headerOf({ headers }: IncomingMessage, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value.slice(0, MAX_CLAIM_LENGTH) : undefined;
}
