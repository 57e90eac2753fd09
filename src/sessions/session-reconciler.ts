import { Inject, Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { CONFIG, type Config } from '../../config/environment';
import { Disposables } from '../kernel/disposables';
import type { HostSession } from '../pty-host/wire/host-messages';
import { PtyHostClient } from '../pty-client/pty-host-client';
import type { SessionEntity } from './session.entity';
import { SessionRepository } from './session.repository';

/** A program may set its title at every prompt; the database learns of the last one within this time. */
const TITLE_DELAY_MS = 1_000;
/** Titles waiting to be written. Beyond it the newest titles are dropped: the host still has them. */
const MAX_WAITING_TITLES = 10_000;
const RETRY_MS = 1_000;
/** An open that is still being answered is younger than this. */
const START_LIMIT_MS = 60_000;

/** Keeps the database's view of sessions equal to what the PTY host says: it is the one that knows. */
@Injectable()
export class SessionReconciler implements OnModuleInit, OnModuleDestroy {
  private readonly log = new Logger(SessionReconciler.name);
  private readonly undo = new Disposables();
  private readonly titles = new Map<string, string>();
  private timer: NodeJS.Timeout | undefined;
  private retry: NodeJS.Timeout | undefined;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly repository: SessionRepository,
    private readonly host: PtyHostClient,
  ) {}

  onModuleInit(): void {
    const { events } = this.host;
    const subscriptions = [
      events.on('connected', () => this.reconcile()),
      events.on('session-ended', ({ session }) => this.end(session)),
      events.on('session-title', ({ sessionId, title }) => this.noteTitle(sessionId, title)),
    ];
    for (const subscription of subscriptions) this.undo.add(() => subscription.dispose());
    if (this.host.connected) this.reconcile();
  }

  onModuleDestroy(): void {
    this.undo.dispose();
    clearTimeout(this.timer);
    clearTimeout(this.retry);
  }

  /** After every connect: what ended while this gateway was not listening, also with the host itself. */
  private reconcile(): void {
    this.compare().catch((error: Error) => {
      this.log.warn(`Sessions could not be compared with the PTY host, trying again: ${error.message}`);
      clearTimeout(this.retry);
      this.retry = setTimeout(() => this.reconcile(), RETRY_MS);
    });
  }

  private async compare(): Promise<void> {
    const { sessions } = await this.host.request('list', {});
    const onHost = new Map(sessions.map((session) => [session.sessionId, session]));
    for (const known of await this.repository.aliveOnHost(this.config.nodeName)) {
      await this.repair(known, onHost.get(known.storageKey));
    }
  }

  private async repair(
    { storageKey, status, createdAt }: SessionEntity,
    session: HostSession | undefined,
  ): Promise<void> {
    if (session?.exit) return this.repository.markEnded(storageKey, session.exit);
    if (session) {
      const { epoch, incarnation } = session;
      const host = { epoch, hostId: this.config.nodeName, incarnation };
      return status === 'starting' ? this.repository.markRunning(storageKey, host) : undefined;
    }
    if (status === 'running') {
      return this.repository.markEnded(storageKey, { reason: 'host-lost', exitCode: null, signal: null });
    }
    if (Date.now() - createdAt.getTime() > START_LIMIT_MS) await this.repository.removeUnstarted(storageKey);
  }

  private end(session: HostSession): void {
    const { sessionId, exit } = session;
    if (!exit) return;
    this.repository.markEnded(sessionId, exit).catch((error: Error) => {
      this.log.warn(`The end of ${sessionId} could not be written, trying again: ${error.message}`);
      this.reconcile();
    });
  }

  private noteTitle(key: string, title: string): void {
    if (this.titles.size >= MAX_WAITING_TITLES) return;
    this.titles.set(key, title);
    this.timer ??= setTimeout(() => void this.writeTitles(), TITLE_DELAY_MS);
  }

  private async writeTitles(): Promise<void> {
    this.timer = undefined;
    const waiting = [...this.titles];
    this.titles.clear();
    for (const [key, title] of waiting) {
      // A title is a convenience; the next one comes with the next prompt.
      await this.repository.setTitle(key, title).catch(() => undefined);
    }
  }
}
