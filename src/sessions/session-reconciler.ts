import { Inject, Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { ladderDelay } from '@holdfast/protocol';
import { CONFIG, type Config } from '../../config/environment';
import { Outbox } from '../infrastructure/outbox/outbox';
import { Disposables } from '../kernel/disposables';
import { PtyHostClient } from '../pty-client/pty-host-client';
import type { HostSession } from '../pty-host/wire/host-messages';
import { LatestTitles } from './latest-titles';
import type { SessionEntity } from './session.entity';
import { SessionRepository } from './session.repository';
import { SessionWrites } from './session-writes';

/** An open that is still being answered is younger than this. */
const START_LIMIT_MS = 60_000;

/** Keeps the database's view of sessions equal to what the PTY host says: it is the one that knows. */
@Injectable()
export class SessionReconciler implements OnModuleInit, OnModuleDestroy {
  private readonly log = new Logger(SessionReconciler.name);
  private readonly undo = new Disposables();
  private readonly titles = new LatestTitles((key, title) => this.writes.titled(key, title));
  private failures = 0;
  private retry: NodeJS.Timeout | undefined;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly repository: SessionRepository,
    private readonly host: PtyHostClient,
    private readonly writes: SessionWrites,
    private readonly outbox: Outbox,
  ) {}

  onModuleInit(): void {
    const { events } = this.host;
    const subscriptions = [
      events.on('connected', () => this.reconcile()),
      events.on('session-ended', ({ session }) => this.writes.ended(session.sessionId, session)),
      events.on('session-title', ({ sessionId, title }) => this.titles.note(sessionId, title)),
      this.writes.events.on('lost', () => this.reconcileLater()),
      this.outbox.events.on('back', () => this.retry && this.reconcile()),
    ];
    for (const subscription of subscriptions) this.undo.add(() => subscription.dispose());
    if (this.host.connected) this.reconcile();
  }

  onModuleDestroy(): void {
    this.undo.dispose();
    clearTimeout(this.retry);
    this.titles.flush();
  }

  /** After every connect: what ended while this gateway was not listening, also with the host itself. */
  private reconcile(): void {
    clearTimeout(this.retry);
    this.retry = undefined;
    this.compare().then(
      () => (this.failures = 0),
      (error: Error) => {
        // The database or the host is away: one line for each time, not for each attempt.
        if (this.failures === 0) this.log.warn(`Sessions cannot be compared with the PTY host now: ${error.message}`);
        this.failures++;
        this.reconcileLater();
      },
    );
  }

  private reconcileLater(): void {
    this.retry ??= setTimeout(() => this.reconcile(), ladderDelay(Math.max(1, this.failures), Math.random));
  }

  /** First the database, then the host: what runs for the database must still be on the host afterwards. */
  private async compare(): Promise<void> {
    const alive = await this.repository.aliveOnHost(this.config.nodeName);
    const { sessions } = await this.host.request('list', {});
    const onHost = new Map(sessions.map((session) => [session.sessionId, session]));
    for (const known of alive) await this.repair(known, onHost.get(known.storageKey));
  }

  private async repair(known: SessionEntity, session: HostSession | undefined): Promise<void> {
    const { storageKey, status, epoch, createdAt, title } = known;
    if (session?.exit) return this.writes.ended(storageKey, session);
    if (session) {
      if (status === 'starting' || epoch !== session.epoch) this.writes.running(storageKey, session);
      if (session.title && session.title !== title) this.titles.note(storageKey, session.title);
      return;
    }
    if (status === 'running') return this.writes.lost(storageKey, known);
    if (Date.now() - createdAt.getTime() > START_LIMIT_MS) await this.repository.removeUnstarted(storageKey);
  }
}
