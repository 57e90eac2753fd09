import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { ClaudeListener } from '../../claude-api/claude-listener';
import { Clock } from '../../kernel/clock';
import { Disposables } from '../../kernel/disposables';
import { PtyHostClient } from '../../pty-client/pty-host-client';
import type { HostSession } from '../../pty-host/wire/host-messages';
import { ClaudeRecords } from '../records/claude-records';
import { ClaudeStatus } from './claude-status';
import { glyphOf } from './title-glyph';

/** A record is there before its process: for so long, one without a process is not one that has ended. */
const LAUNCH_MS = 30_000;
const COMPARE_MS = 60_000;

/** What the PTY host knows of Claude sessions: their titles and their ends. Fed by the leader alone. */
@Injectable()
export class HostSignals implements OnModuleInit, OnModuleDestroy {
  private readonly undo = new Disposables();

  constructor(
    private readonly host: PtyHostClient,
    private readonly listener: ClaudeListener,
    private readonly records: ClaudeRecords,
    private readonly status: ClaudeStatus,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    const { events } = this.host;
    const subscriptions = [
      events.on('session-title', ({ sessionId, title }) => this.listener.isLeader && this.titled(sessionId, title)),
      events.on('session-ended', ({ session }) => this.listener.isLeader && this.ended(session)),
      events.on('connected', () => this.listener.isLeader && void this.compare()),
      this.listener.onLeading(() => void this.compare()),
    ];
    for (const subscription of subscriptions) this.undo.add(() => subscription.dispose());
    // For a process that was prepared and then could not be made.
    const timer = setInterval(() => this.listener.isLeader && void this.compare(), COMPARE_MS).unref();
    this.undo.add(() => clearInterval(timer));
  }

  onModuleDestroy(): void {
    this.undo.dispose();
  }

  /** Shells have titles, too. */
  private titled(key: string, title: string): void {
    const glyph = glyphOf(title);
    if (!glyph || this.records.read(key)?.signs.title?.glyph === glyph) return;
    this.status.apply(key, { kind: 'title', glyph }).catch(() => undefined);
  }

  private ended({ sessionId, exit, labels }: HostSession): void {
    if (!exit || labels?.gateway === 'terminal') return;
    const { reason, exitCode } = exit;
    this.status.apply(sessionId, { kind: 'exit', reason, exitCode }).catch(() => undefined);
  }

  /** What happened while nobody led, or while the host was away. */
  private async compare(): Promise<void> {
    const answer = await this.host.request('list', {}).catch(() => undefined);
    if (!answer) return;
    const held = new Map(answer.sessions.map((session) => [session.sessionId, session]));
    for (const { key, signs, updatedAt, start } of this.records.all()) {
      const session = held.get(key);
      if (session && !session.exit) this.titled(key, session.title);
      else if (signs.over) continue;
      // A record that was prepared for the next process is not of the one that has ended.
      else if (session && session.createdAt >= (start?.at ?? 0)) this.ended(session);
      else if (this.clock.now() - updatedAt > LAUNCH_MS) {
        await this.status.apply(key, { kind: 'exit', reason: 'host-lost', exitCode: null }).catch(() => undefined);
      }
    }
  }
}
