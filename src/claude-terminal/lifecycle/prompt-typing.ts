import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { ErrorCode } from '@holdfast/protocol';
import { DomainError } from '../../kernel/domain-error';
import { PtyHostClient } from '../../pty-client/pty-host-client';
import type { HostSession } from '../../pty-host/wire/host-messages';
import { glyphOf } from '../status/title-glyph';

const POLL_MS = 50;
/** A CLI shows its prompt after one or two seconds; a busy machine takes longer. */
const READY_MS = 30_000;
/** For what was pasted to be shown. What shows nothing gets its Enter all the same. */
const ECHO_MS = 2_000;
/** Measured: an Enter that follows a paste at once is taken for a part of it. */
const SETTLED_MS = 250;
/** After Escape; measured: half a second. */
const ESCAPED_MS = 2_000;

/** The only keys that are ever typed for anybody. */
@Injectable()
export class PromptTyping {
  constructor(private readonly host: PtyHostClient) {}

  /** As pasted, then Enter, once the CLI waits for a prompt. Throws `unavailable` when it does not get there. */
  async prompt(key: string, text: string): Promise<void> {
    const ready = await this.until(key, isIdle, READY_MS);
    if (!isIdle(ready)) {
      throw new DomainError(ErrorCode.unavailable, 'Claude Code does not wait for a prompt; look at the terminal.', {
        retryable: true,
      });
    }
    await this.type(key, `\x1b[200~${text}\x1b[201~`);
    await this.until(key, ({ end, idleOutputMs }) => end > ready.end && idleOutputMs >= SETTLED_MS, ECHO_MS);
    await this.type(key, '\r');
  }

  /** Stops what it does, so that what it has said so far is kept. Resolves when it stands still, or after a while. */
  async interrupt(key: string): Promise<void> {
    await this.type(key, '\x1b');
    await this.until(key, isIdle, ESCAPED_MS);
  }

  private type(key: string, text: string): Promise<unknown> {
    return this.host.request('type', { sessionId: key, base64: Buffer.from(text).toString('base64') });
  }

  /** The last look, whatever it showed. */
  private async until(key: string, holds: (session: HostSession) => boolean, withinMs: number): Promise<HostSession> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      const { session } = await this.host.request('info', { sessionId: key });
      if (holds(session) || session.exit || performance.now() > deadline) return session;
      await sleep(POLL_MS);
    }
  }
}

function isIdle({ title, exit }: HostSession): boolean {
  return !exit && glyphOf(title) === 'idle';
}
