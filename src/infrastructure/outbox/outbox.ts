import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../kernel/clock';
import { TypedEvents } from '../../kernel/typed-events';
import { AbandonedWriters } from './abandoned-writers';
import { DeadLetters } from './dead-letters';
import { Drain } from './drain';
import { Journal, MAX_MEMORY_BYTES, type Kept } from './journal';
import { type OutboxHandler, OutboxHandlers, type TransactionalDatabase } from './outbox-handler';
import type { OutboxRecord } from './record';
import { type Damage, SegmentQueue, type SegmentQueueOptions } from './segment-queue';
import { WriterDirectories, type WriterDirectory } from './writer-directories';

/** A power cut loses at most this much; one fdatasync serves all that was written in it. */
const SYNC_MS = 50;
/** How often a full disk is tried again. */
const MEMORY_RETRY_MS = 250;
/** How often directories of dead processes are looked for. */
const ADOPT_MS = 10_000;
/** A database that hangs must not keep the process from ending. */
const STOP_MS = 2_000;
/** What is kept back of each bound for sessions that live already. */
const RESERVE = 0.25;

export interface OutboxOptions {
  /** `DATA_DIR/outbox`. */
  readonly directory: string;
  readonly maxBytes: number;
  readonly database: TransactionalDatabase;
  readonly clock: Clock;
  readonly random?: () => number;
}

export interface OutboxStats {
  /** `memory`: the disk takes nothing at the moment. */
  readonly state: Kept;
  /** Records that wait for the database. */
  readonly depth: number;
  readonly bytes: number;
  readonly memoryBytes: number;
  /** Of the record that waits longest; 0 = none does. */
  readonly oldestAgeMs: number;
  /** Since the start of this process. */
  readonly drained: number;
  readonly dead: number;
}

export interface OutboxEvents {
  damaged: Damage;
  dead: { readonly record: OutboxRecord; readonly error: unknown; readonly file: string };
  /** The database takes nothing; records wait. */
  away: { readonly error: unknown };
  back: undefined;
  /** Records of processes that died were found. */
  adopted: { readonly records: number };
  /** Directories of processes that died could not be taken over; it is tried again. */
  unadopted: { readonly error: Error };
  /** The disk refuses records. */
  refused: { readonly error: Error };
}

interface OutboxParts {
  readonly own: WriterDirectory;
  readonly journal: Journal;
  readonly abandoned: AbandonedWriters;
}

/** Every asynchronous write to PostgreSQL: written down first, then brought there, once, whatever dies in between. */
export class Outbox {
  private readonly handlers = new OutboxHandlers();
  private readonly own: WriterDirectory;
  private readonly journal: Journal;
  private readonly abandoned: AbandonedWriters;
  private readonly drain: Drain;
  private readonly deadLetters: DeadLetters;
  private syncTimer: NodeJS.Timeout | undefined;
  private adoptTimer: NodeJS.Timeout | undefined;
  private drained = 0;
  private dead = 0;
  private closed = false;
  private isRefused = false;

  private constructor(
    readonly events: TypedEvents<OutboxEvents>,
    private readonly options: OutboxOptions,
    { own, journal, abandoned }: OutboxParts,
  ) {
    this.own = own;
    this.journal = journal;
    this.abandoned = abandoned;
    this.deadLetters = new DeadLetters(options.directory);
    this.drain = new Drain({
      sources: () => [...this.abandoned.sources, this.journal],
      apply: (records) => this.handlers.apply(options.database, records),
      bury: (record, error) => this.bury(record, error),
      leave: (source) => this.abandoned.leave(source),
      random: options.random ?? Math.random,
      onDrained: (count) => {
        this.drained += count;
        this.abandoned.removeDrained();
      },
      onAway: (error) => this.events.emit('away', { error }),
      onBack: () => this.events.emit('back', undefined),
    });
  }

  static async open(options: OutboxOptions): Promise<Outbox> {
    const events = new TypedEvents<OutboxEvents>();
    const directories = new WriterDirectories(options.directory);
    const queueOptions = (directory: string): SegmentQueueOptions => ({
      directory,
      damagedDirectory: path.join(options.directory, 'damaged'),
      onDamage: (damage) => events.emit('damaged', damage),
    });
    const own = directories.create();
    const abandoned = new AbandonedWriters(directories, queueOptions);
    const queue = await SegmentQueue.open(queueOptions(own.path));
    const journal = new Journal(queue, () => options.maxBytes - abandoned.diskBytes);
    return new Outbox(events, options, { own, journal, abandoned });
  }

  /** Before `start`: who applies records of this kind. */
  register(kind: string, handler: OutboxHandler): void {
    this.handlers.register(kind, handler);
  }

  /** Begins to drain; every kind has its handler. */
  start(): void {
    this.drain.start();
    void this.adopt();
    this.adoptTimer = setInterval(() => void this.adopt(), ADOPT_MS).unref();
  }

  /**
   * Writes a record down. Throws `OutboxFullError` at the bounds. An `id` derived from what happened makes the same record of two
   * processes one.
   */
  append(kind: string, payload: unknown, { id = randomUUID() }: { readonly id?: string } = {}): Kept {
    if (this.closed) throw new Error('The outbox is closed.');
    const kept = this.journal.append({ id, kind, at: this.options.clock.now(), payload });
    this.noteRefusal();
    this.scheduleSync();
    this.drain.notify();
    return kept;
  }

  /** How much of the tighter bound is used, from 0 to 1. */
  get fill(): number {
    return Math.max(this.bytes / this.options.maxBytes, this.journal.memoryBytes / MAX_MEMORY_BYTES);
  }

  /** False: what is left is kept for sessions that live already. */
  get hasRoom(): boolean {
    return this.fill <= 1 - RESERVE;
  }

  /** Resolves when all that was appended so far survives a power cut; rejects when the disk does not take it. */
  async synced(): Promise<void> {
    const { diskError } = this.journal;
    if (diskError && this.journal.memoryBytes > 0) throw diskError;
    await this.journal.sync();
  }

  stats(): OutboxStats {
    const sources = [...this.abandoned.sources, this.journal];
    const oldest = sources.flatMap((source) => source.oldestAt ?? []);
    return {
      state: this.journal.memoryBytes > 0 ? 'memory' : 'durable',
      depth: sources.reduce((sum, { pending }) => sum + pending, 0),
      bytes: this.bytes,
      memoryBytes: this.journal.memoryBytes,
      oldestAgeMs: oldest.length > 0 ? Math.max(0, this.options.clock.now() - Math.min(...oldest)) : 0,
      drained: this.drained,
      dead: this.dead,
    };
  }

  /** The database is back, or may be: no need to wait for the next attempt. */
  wake(): void {
    this.drain.wake();
  }

  /** Drains what it can in a moment, then no more. Appending is still possible: the next process brings it. */
  async stopDraining(): Promise<void> {
    clearInterval(this.adoptTimer);
    const impatience = new AbortController();
    const enough = sleep(STOP_MS, undefined, { signal: impatience.signal }).catch(() => undefined);
    await Promise.race([this.drain.stop(), enough]);
    impatience.abort();
  }

  async close(): Promise<void> {
    if (this.closed) return;
    await this.stopDraining();
    this.closed = true;
    clearTimeout(this.syncTimer);
    await this.journal.close();
    this.abandoned.release();
    if (this.journal.pending === 0) this.own.remove();
    else this.own.release();
  }

  private get bytes(): number {
    return this.journal.diskBytes + this.abandoned.diskBytes;
  }

  private async adopt(): Promise<void> {
    try {
      const records = await this.abandoned.adopt();
      if (records === 0) return;
      this.events.emit('adopted', { records });
      this.drain.notify();
    } catch (error) {
      this.events.emit('unadopted', { error: error as Error });
    }
  }

  private bury(record: OutboxRecord, error: unknown): void {
    this.deadLetters.add(record, error);
    this.dead++;
    this.events.emit('dead', { record, error, file: this.deadLetters.file });
  }

  private scheduleSync(): void {
    const delay = this.journal.memoryBytes > 0 ? MEMORY_RETRY_MS : SYNC_MS;
    this.syncTimer ??= setTimeout(() => void this.sync(), delay).unref();
  }

  private async sync(): Promise<void> {
    this.journal.flushMemory();
    await this.journal.sync().catch((error: Error) => this.events.emit('refused', { error }));
    this.noteRefusal();
    this.syncTimer = undefined;
    if (this.journal.memoryBytes > 0 && !this.closed) this.scheduleSync();
  }

  /** Told once for each time the disk begins to refuse. */
  private noteRefusal(): void {
    const { diskError } = this.journal;
    if (diskError && !this.isRefused) this.events.emit('refused', { error: diskError });
    this.isRefused = diskError !== undefined;
  }
}
