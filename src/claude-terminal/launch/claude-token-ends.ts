import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { ClaudeTokens } from '../../claude-api/claude-tokens';
import { errorMessage } from '../../infrastructure/startup-error';
import { Clock } from '../../kernel/clock';
import { Disposables } from '../../kernel/disposables';
import { PtyHostClient } from '../../pty-client/pty-host-client';
import type { HostSession } from '../../pty-host/wire/host-messages';

/** A token is issued before its process is made; the host of a busy machine makes it within seconds. */
const LAUNCH_MS = 60_000;

/**
 * A token ends with the process it was issued for. Every gateway sees to it, because any of them may be the only one; what none saw
 * end is found when one meets the host again.
 */
@Injectable()
export class ClaudeTokenEnds implements OnModuleInit, OnModuleDestroy {
  private readonly log = new Logger('claude');
  private readonly subscriptions = new Disposables();

  constructor(
    private readonly tokens: ClaudeTokens,
    private readonly host: PtyHostClient,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    for (const subscription of [
      this.host.events.on('session-ended', ({ session }) => this.ended(session)),
      this.host.events.on('connected', () => void this.sweep().catch((error: unknown) => this.failed(error))),
    ])
      this.subscriptions.add(() => subscription.dispose());
  }

  onModuleDestroy(): void {
    this.subscriptions.dispose();
  }

  /** Only what was issued before the end: the session may have its next process, with another token, by now. */
  private ended({ sessionId, labels, endedAt }: HostSession): void {
    if (labels?.gateway !== 'claude') return;
    try {
      this.tokens.revoke(sessionId, endedAt ?? this.clock.now());
    } catch (error) {
      this.failed(error);
    }
  }

  private async sweep(): Promise<void> {
    const { sessions } = await this.host.request('list', {});
    const known = new Map(sessions.map((session) => [session.sessionId, session]));
    const now = this.clock.now();
    this.tokens.revokeWhere(({ purpose, sessionKey }, issuedAt) => {
      if (purpose !== 'session') return false;
      const session = known.get(sessionKey);
      if (!session) return issuedAt < now - LAUNCH_MS;
      return session.exit !== null && issuedAt < (session.endedAt ?? now);
    });
  }

  private failed(error: unknown): void {
    this.log.warn(`Tokens of ended sessions were not revoked: ${errorMessage(error)}`);
  }
}
