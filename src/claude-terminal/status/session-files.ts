import fs from 'node:fs';
import path from 'node:path';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { CONFIG, type Config } from '../../../config/environment';
import { ClaudeListener } from '../../claude-api/claude-listener';
import { ServerPhase } from '../../health/server-phase';
import { ClaudePlaces } from '../places';
import type { ClaudeRecord } from '../records/claude-record';
import { ClaudeRecords } from '../records/claude-records';
import type { ClaudeSignal } from './claude-signal';
import { ClaudeStatus } from './claude-status';
import { reduce } from './reduce';
import { readSessionFiles, type SessionFile } from './session-file';

/** How long something may go unnoticed that no hook tells: Esc, above all. */
const EVERY_MS = 2_000;
/** Several writes of a moment are one look. */
const SOON_MS = 50;
/** inotify instances of a system user are few; sessions beyond them are looked at every two seconds. */
const MAX_WATCHED = 64;

/** Compares records with what each CLI writes about itself: at once where the system tells, and every two seconds. */
@Injectable()
export class SessionFiles implements OnModuleInit, OnModuleDestroy {
  private readonly places: ClaudePlaces;
  private readonly watched = new Map<string, fs.FSWatcher>();
  private timer: NodeJS.Timeout | undefined;
  private soon: NodeJS.Timeout | undefined;

  constructor(
    @Inject(CONFIG) { dataDir }: Config,
    private readonly phase: ServerPhase,
    private readonly listener: ClaudeListener,
    private readonly records: ClaudeRecords,
    private readonly status: ClaudeStatus,
  ) {
    this.places = new ClaudePlaces(dataDir);
  }

  onModuleInit(): void {
    this.phase.whenServing(() => {
      this.timer = setInterval(() => this.look(), EVERY_MS).unref();
    });
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
    clearTimeout(this.soon);
    this.watchOnly(new Set());
  }

  private look(): void {
    if (!this.listener.isLeader) return;
    const living = this.records.all().filter(({ signs }) => !signs.over);
    const places = new Set<string>();
    for (const record of living) {
      const { own, shared } = this.directoriesOf(record);
      places.add(own).add(shared);
      this.compare(record, this.fileOf(record, living));
    }
    this.watchOnly(places);
  }

  private compare(record: ClaudeRecord, file: SessionFile | undefined): void {
    if (!file) return this.apply(record, { kind: 'no-file' });
    // What a killed process left behind names the conversation of then.
    if (file.at >= record.signs.hookAt) this.apply(record, { kind: 'conversation', id: file.sessionId });
    this.apply(record, { kind: 'file', status: file.status, at: file.at });
  }

  /** Most of the time there is nothing new, and nobody has to be locked out for it. */
  private apply(record: ClaudeRecord, signal: ClaudeSignal): void {
    if (reduce(record, signal, Date.now()).record === record) return;
    this.status.apply(record.key, signal).catch(() => undefined);
  }

  /** In a sandbox each session has a directory of its own, so that a file there is its file whatever conversation it names. */
  private fileOf(record: ClaudeRecord, living: readonly ClaudeRecord[]): SessionFile | undefined {
    const { own, shared } = this.directoriesOf(record);
    const isTaken = ({ sessionId }: SessionFile): boolean =>
      living.some((other) => other !== record && other.conversation.id === sessionId);
    const [newest] = readSessionFiles(own).filter((file) => !isTaken(file));
    return newest ?? readSessionFiles(shared).find(({ sessionId }) => sessionId === record.conversation.id);
  }

  private directoriesOf({ ownerId, projectId, sessionId }: ClaudeRecord): { own: string; shared: string } {
    return {
      own: this.places.live(ownerId, projectId, sessionId),
      shared: path.join(this.places.of(ownerId, projectId).config, 'sessions'),
    };
  }

  private watchOnly(directories: ReadonlySet<string>): void {
    for (const [directory, watcher] of this.watched) if (!directories.has(directory)) this.forget(directory, watcher);
    for (const directory of directories) {
      if (this.watched.size >= MAX_WATCHED) return;
      if (!this.watched.has(directory)) this.watch(directory);
    }
  }

  private watch(directory: string): void {
    try {
      const watcher = fs.watch(directory, { persistent: false }, () => this.lookSoon());
      watcher.on('error', () => this.forget(directory, watcher));
      this.watched.set(directory, watcher);
    } catch {
      // Not there yet, or no inotify left: the next look finds it.
    }
  }

  private forget(directory: string, watcher: fs.FSWatcher): void {
    watcher.close();
    this.watched.delete(directory);
  }

  private lookSoon(): void {
    this.soon ??= setTimeout(() => {
      this.soon = undefined;
      this.look();
    }, SOON_MS).unref();
  }
}
