import { Inject, Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { ErrorCode } from '@holdfast/protocol';
import { CONFIG, type Config } from '../../config/environment';
import { Clock } from '../kernel/clock';
import { DomainError } from '../kernel/domain-error';
import { RuntimeSettings } from '../settings/runtime-settings';
import { PtyHostClient } from '../pty-client/pty-host-client';
import { endedRetentionMs, idleMs, retentionMs } from './session-lifetime';
import { SessionRepository } from './session.repository';

/** Limits are counted in minutes and days. */
const SWEEP_MS = 60_000;
/** In one sweep; the rest goes in the next ones. Removing a transcript is disk work of the host that serves everybody. */
const MAX_REMOVED = 200;

/**
 * Ends running sessions that nobody uses, and removes ended ones after a while. Those of Claude are hibernated instead, see
 * `claude-terminal/lifecycle`. Every gateway process does it, because the
 * host and the database settle who does what; what is not known to be free to go stays.
 */
@Injectable()
export class SessionRetention implements OnModuleInit, OnModuleDestroy {
  private readonly log = new Logger(SessionRetention.name);
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly clock: Clock,
    private readonly repository: SessionRepository,
    private readonly host: PtyHostClient,
    private readonly settings: RuntimeSettings,
  ) {}

  onModuleInit(): void {
    this.timer = setInterval(() => void this.sweep(), SWEEP_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  async sweep(): Promise<void> {
    try {
      await this.endUnused();
      await this.removeEnded();
    } catch (error) {
      // Without the host or the database nobody knows what may go: everything stays until the next sweep.
      this.log.debug(`Sessions were not swept: ${(error as Error).message}`);
    }
  }

  private async endUnused(): Promise<void> {
    const ifIdleMs = retentionMs(this.settings.current);
    const { sessions } = await this.host.request('list', {});
    const unused = sessions.filter(
      (session) => !session.exit && session.labels?.gateway !== 'claude' && idleMs(session) >= ifIdleMs,
    );
    if (unused.length === 0) return;
    const keep = await this.repository.keepByKey(unused.map(({ sessionId }) => sessionId));
    for (const { sessionId } of unused) {
      // Not when it is unknown, either: the record may be on its way.
      if (keep.get(sessionId) !== false) continue;
      // The host looks again, so one that is opened at this moment lives on.
      await this.request(() => this.host.request('terminate', { sessionId, ifIdleMs }), ErrorCode.conflict);
    }
  }

  private async removeEnded(): Promise<void> {
    const before = new Date(this.clock.now() - endedRetentionMs(this.settings.current));
    for (const sessionId of await this.repository.endedBefore(this.config.nodeName, before, MAX_REMOVED)) {
      // The transcript first: a record without one is found again by the next sweep.
      const removed = await this.request(
        () => this.host.request('remove', { sessionId }),
        ErrorCode.conflict,
        ErrorCode.sessionNotFound,
      );
      if (removed !== ErrorCode.conflict) await this.repository.removeEnded(sessionId, before);
    }
  }

  /** Answers the code of an expected refusal. */
  private async request(ask: () => Promise<unknown>, ...expected: ErrorCode[]): Promise<ErrorCode | undefined> {
    try {
      await ask();
      return undefined;
    } catch (error) {
      if (error instanceof DomainError && expected.includes(error.code)) return error.code;
      throw error;
    }
  }
}
