import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { Disposable } from '../kernel/disposables';
import { PtyHostClient } from '../pty-client/pty-host-client';
import { ScreenMirrors } from '../screen-mirror/screen-mirrors';

/**
 * Programs ask their terminal things (where is the cursor, what can you do) and wait for the answer. While no writer is
 * attached, the screen mirror answers; the host takes each answer once, whichever gateway is first.
 */
@Injectable()
export class QueryAnswers implements OnModuleInit, OnModuleDestroy {
  private readonly log = new Logger(QueryAnswers.name);
  private readonly busy = new Set<string>();
  private readonly again = new Set<string>();
  private subscription: Disposable | undefined;

  constructor(
    private readonly host: PtyHostClient,
    private readonly mirrors: ScreenMirrors,
  ) {}

  onModuleInit(): void {
    this.subscription = this.host.events.on('unattended-query', ({ sessionId }) => void this.answer(sessionId));
  }

  onModuleDestroy(): void {
    this.subscription?.dispose();
  }

  private async answer(sessionId: string): Promise<void> {
    if (this.busy.has(sessionId)) {
      this.again.add(sessionId);
      return;
    }
    this.busy.add(sessionId);
    try {
      do {
        this.again.delete(sessionId);
        await this.answerOnce(sessionId);
      } while (this.again.has(sessionId));
    } catch (error) {
      this.log.debug(`Queries of ${sessionId} stay unanswered: ${(error as Error).message}`);
    } finally {
      this.busy.delete(sessionId);
      this.again.delete(sessionId);
    }
  }

  private async answerOnce(sessionId: string): Promise<void> {
    const { answerFrom } = await this.host.request('info', { sessionId });
    if (answerFrom === null) return;
    for (const { offset, bytes } of await this.mirrors.answer(sessionId, answerFrom)) {
      await this.host.request('answer-query', { sessionId, queryEnd: offset, base64: bytes.toString('base64') });
    }
  }
}
