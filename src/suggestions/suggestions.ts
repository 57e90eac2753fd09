import { Injectable } from '@nestjs/common';
import { ErrorCode } from '@holdfast/protocol';
import { AuditLog, type AuditOutcome } from '../audit/audit-log';
import type { Principal } from '../auth/principal';
import { BoundedMap } from '../infrastructure/cache/bounded-map';
import { DomainError } from '../kernel/domain-error';
import { SessionService } from '../sessions/session.service';
import type { SessionEntity } from '../sessions/session.entity';
import { type SentContext, sentContext } from './suggestion-context';
import { type Suggestion, SuggestionLines } from './suggestion-lines';
import { SuggestionModel } from './suggestion-model';
import { SuggestionPermission } from './suggestion-permission';
import { TerminalContexts } from './terminal-contexts';

/** Answers that are remembered, some hundred bytes each: somebody who asks the same again gets them at once, and free. */
const MAX_ANSWERS = 200;
/** Who waits longer has typed it by then. What has come until then counts. */
const TIMEOUT_MS = 4_000;

export interface Question {
  readonly sessionId: string;
  readonly line: string;
  readonly includeOutput: boolean;
}

/** What the asker is sent, in this order. */
export type SuggestionEvent =
  | { readonly type: 'sent'; readonly model: string; readonly context: SentContext; readonly cached: boolean }
  | ({ readonly type: 'suggestion' } & Suggestion)
  | { readonly type: 'done' }
  | { readonly type: 'error'; readonly code: ErrorCode; readonly message: string };

/** Command suggestions for the prompt of a system terminal. */
@Injectable()
export class Suggestions {
  private readonly answers = new BoundedMap<string, readonly Suggestion[]>(MAX_ANSWERS);

  constructor(
    private readonly permission: SuggestionPermission,
    private readonly sessions: SessionService,
    private readonly contexts: TerminalContexts,
    private readonly model: SuggestionModel,
    private readonly audit: AuditLog,
  ) {}

  /**
   * What is refused is refused before the first event. Errors: `suggestions_off`, `rate_limited`, `session_not_found`, `forbidden`,
   * `watch_required`, `bad_request`, `no_prompt`, `host_unavailable`.
   */
  async *ask(caller: Principal, question: Question, signal: AbortSignal): AsyncGenerator<SuggestionEvent> {
    await this.permission.assertMayAsk(caller.userId);
    const session = await this.terminal(caller, question.sessionId);
    const { line, includeOutput: withOutput } = question;
    const context = sentContext(await this.contexts.of(session, { line, withOutput }));
    const key = JSON.stringify([caller.userId, session.storageKey, context]);
    const known = this.answers.get(key);
    if (!known) await this.permission.spend(caller.userId);
    yield { type: 'sent', model: this.model.name, context, cached: known !== undefined };
    const told: Suggestion[] = [];
    let failure: DomainError | undefined;
    try {
      for await (const suggestion of known ?? this.request(caller, session, context, signal)) {
        told.push(suggestion);
        yield { type: 'suggestion', ...suggestion };
      }
      if (told.length > 0) this.answers.set(key, told);
      yield { type: 'done' };
    } catch (error) {
      // Whoever has left asked, and that is all.
      if (signal.aborted) return;
      failure = asDomainError(error);
      yield { type: 'error', code: failure.code, message: failure.message };
    } finally {
      this.record(caller, session, { failure, suggestions: told.length, cached: known !== undefined });
    }
  }

  private async terminal(caller: Principal, sessionId: string): Promise<SessionEntity> {
    const session = await this.sessions.findTypable(caller, sessionId);
    if (session.gateway === 'terminal') return session;
    throw new DomainError(ErrorCode.badRequest, 'Suggestions are for shells; in this session Claude Code runs itself.');
  }

  private async *request(
    { userId }: Principal,
    { id: sessionId, projectId }: SessionEntity,
    context: SentContext,
    signal: AbortSignal,
  ): AsyncGenerator<Suggestion> {
    const lines = new SuggestionLines();
    const finished = new AbortController();
    const until = AbortSignal.any([signal, finished.signal]);
    let isLate = false;
    let isAny = false;
    const deadline = setTimeout(() => {
      isLate = true;
      finished.abort();
    }, TIMEOUT_MS);
    try {
      for await (const text of this.model.answer(context, { userId, projectId, sessionId }, until)) {
        const complete = lines.push(text);
        isAny ||= complete.length > 0;
        yield* complete;
        if (lines.isFull) return;
      }
      yield* lines.end();
    } catch (error) {
      if (!isLate) throw error;
      // What is there is good enough.
      if (!isAny) throw tooSlow(error);
    } finally {
      clearTimeout(deadline);
      finished.abort();
    }
  }

  /** That somebody asked, and nothing of what. */
  private record(
    { userId, email, role }: Principal,
    session: SessionEntity,
    { failure, suggestions, cached }: { failure: DomainError | undefined; suggestions: number; cached: boolean },
  ): void {
    const outcome: AuditOutcome = failure ? 'failed' : 'ok';
    this.audit.record({
      code: 'suggestion.asked',
      outcome,
      ...(failure && { reason: failure.code }),
      actor: { userId, email, role },
      target: { kind: 'session', id: session.id },
      data: { model: this.model.name, suggestions, cached },
    });
  }
}

function asDomainError(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  return new DomainError(ErrorCode.unavailable, 'The Claude API could not be asked; try again.', {
    retryable: true,
    cause: error,
  });
}

function tooSlow(cause: unknown): DomainError {
  return new DomainError(ErrorCode.unavailable, 'The Claude API did not answer in time; try again.', {
    retryable: true,
    cause,
  });
}
