import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { ClaudeApiEvents } from '../../claude-api/claude-api-events';
import type { ClaudeToken } from '../../claude-api/claude-tokens';
import { Disposables } from '../../kernel/disposables';
import type { ClaudeSignal } from './claude-signal';
import { ClaudeStatus } from './claude-status';

/** What the API gateway knows of a session. It is in the leader only, so nobody else hears of it. */
@Injectable()
export class ApiSignals implements OnModuleInit, OnModuleDestroy {
  private readonly undo = new Disposables();

  constructor(
    private readonly api: ClaudeApiEvents,
    private readonly status: ClaudeStatus,
  ) {}

  onModuleInit(): void {
    const { api } = this;
    const subscriptions = [
      api.on('rateLimited', ({ token, untilMs }) => this.tell(token, { kind: 'rate-limited', until: untilMs })),
      api.on('apiDown', ({ token, untilMs }) =>
        this.tell(token, { kind: 'api-down', ...(untilMs !== undefined && { until: untilMs }) }),
      ),
      api.on('streaming', ({ token }) => this.tell(token, { kind: 'api-up' })),
      api.on('settled', ({ token, request }) => {
        if (request.status < 400) this.tell(token, { kind: 'api-up' });
      }),
    ];
    for (const subscription of subscriptions) this.undo.add(() => subscription.dispose());
  }

  onModuleDestroy(): void {
    this.undo.dispose();
  }

  private tell({ purpose, sessionKey }: ClaudeToken, signal: ClaudeSignal): void {
    // A record that cannot be written now is written with the next signal.
    if (purpose === 'session') this.status.apply(sessionKey, signal).catch(() => undefined);
  }
}
