import { Worker } from 'node:worker_threads';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { Clock } from '../kernel/clock';
import type { ScreenText } from './emulator/screen-emulator';
import { Mirror } from './mirror';
import { MirrorError } from './mirror-error';
import { MirrorWorker, type WorkerThread } from './mirror-worker';
import { plainScreen } from './plain-screen';
import { SCREEN_MIRROR_DEFAULTS, type ScreenMirrorOptions } from './screen-mirror-options';
import type { ScreenSnapshot } from './screen-snapshot';
import { behindDamage, earlierEpoch, type TranscriptInfo, type TranscriptSource } from './transcript-source';
import { Turns } from './turns';
import type { JobResult } from './worker/messages';
import { workerFile } from './worker-file';

/** Parsed at most for a cold start: one to two seconds of the worker, and more than any scrollback shows. */
const COLD_BYTES = 16 * 1024 * 1024;
/** Parsed when that costs too much: the last screens of nearly everything. */
const NEAR_BYTES = 64 * 1024;
/** Other sessions may lose their worker so often before one gives up. */
const MAX_ATTEMPTS = 4;
/** A thread's own heap; the cells are outside of it, bounded by `maxBytes`. */
const WORKER_HEAP_MIB = 256;

export interface ScreenMirrorStats {
  readonly mirrors: number;
  readonly bytes: number;
  readonly rebuilds: number;
  readonly workerRestarts: number;
}

/**
 * Screens of sessions, parsed from their transcripts in worker threads when somebody asks. A cache: any of it may go at any
 * time, and what cannot be parsed is shown as plain text.
 */
@Injectable()
export class ScreenMirrors implements OnModuleDestroy {
  private readonly options: ScreenMirrorOptions;
  private readonly workers: MirrorWorker[];
  /** Least recently used first. */
  private readonly mirrors = new Map<string, Mirror>();
  private readonly poisonedUntil = new Map<string, number>();
  private readonly waitingSnapshots = new Map<string, Promise<ScreenSnapshot>>();
  private readonly turns = new Turns();
  private readonly sweeper: NodeJS.Timeout;
  private builds = 0;

  constructor(
    private readonly source: TranscriptSource,
    private readonly clock: Clock,
    options: Partial<ScreenMirrorOptions> = {},
    start: () => WorkerThread = startWorker,
  ) {
    this.options = { ...SCREEN_MIRROR_DEFAULTS, ...options };
    const { workers, jobTimeoutMs, idleMs } = this.options;
    this.workers = Array.from({ length: workers }, () => new MirrorWorker(start, jobTimeoutMs));
    this.sweeper = setInterval(() => this.evictIdle(), idleMs / 2).unref();
  }

  /** Redraws the session as it is at the end of its transcript now; callers that come together share one. */
  snapshot(sessionId: string): Promise<ScreenSnapshot> {
    return this.shared(sessionId, () => this.snapshotNow(sessionId, (mirror) => mirror.snapshot()));
  }

  /** The screen an earlier epoch left behind, above `seam` and ready for what the next process writes. */
  lastScreen(sessionId: string, epoch: string, seam: string): Promise<ScreenSnapshot> {
    const name = earlierEpoch(sessionId, epoch);
    return this.shared(name, async () => {
      try {
        return await this.snapshotNow(name, (mirror) => mirror.seal(seam), seam);
      } finally {
        this.evict(name);
      }
    });
  }

  /** The visible lines, without colours. */
  text(sessionId: string): Promise<ScreenText> {
    return this.turns.run(sessionId, () =>
      this.withMirror(
        sessionId,
        (mirror) => mirror.text(),
        async (info) => {
          const { offset, lines } = await plainScreen(this.source, sessionId, info);
          const last = lines[lines.length - 1] ?? '';
          const cursor = { x: last.length, y: Math.max(0, lines.length - 1) };
          return { offset, lines, cursor, bracketedPaste: false };
        },
      ),
    );
  }

  /** What a terminal answers to queries that ended behind `answerFrom`, with the offsets right after the queries. */
  answer(sessionId: string, answerFrom: number): Promise<{ offset: number; bytes: Buffer }[]> {
    return this.turns.run(sessionId, async () => {
      const replies = await this.withMirror(
        sessionId,
        (mirror) => mirror.replies(answerFrom),
        () => Promise.resolve([]),
      );
      return replies.map(({ offset, bytes }) => ({ offset, bytes: Buffer.from(bytes) }));
    });
  }

  evict(sessionId: string): void {
    this.mirrors.get(sessionId)?.close();
    this.mirrors.delete(sessionId);
    this.poisonedUntil.delete(sessionId);
  }

  /** Runs by itself every half idle time. */
  evictIdle(): void {
    const now = this.clock.monotonic();
    for (const [sessionId, mirror] of this.mirrors) {
      if (now - mirror.lastUsed >= this.options.idleMs && !this.turns.busy(sessionId)) this.evict(sessionId);
    }
    for (const [sessionId, until] of this.poisonedUntil) if (until <= now) this.poisonedUntil.delete(sessionId);
  }

  stats(): ScreenMirrorStats {
    return {
      mirrors: this.mirrors.size,
      bytes: this.bytes(),
      rebuilds: this.builds,
      workerRestarts: this.workers.reduce((sum, worker) => sum + worker.restarts, 0),
    };
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.sweeper);
    this.mirrors.clear();
    await Promise.all(this.workers.map((worker) => worker.close()));
  }

  private shared(name: string, draw: () => Promise<ScreenSnapshot>): Promise<ScreenSnapshot> {
    const waiting = this.waitingSnapshots.get(name);
    if (waiting) return waiting;
    const snapshot = this.turns.run(name, () => {
      this.waitingSnapshots.delete(name);
      return draw();
    });
    this.waitingSnapshots.set(name, snapshot);
    return snapshot;
  }

  private snapshotNow(
    name: string,
    draw: (mirror: Mirror) => Promise<JobResult<'snapshot'>>,
    seam?: string,
  ): Promise<ScreenSnapshot> {
    return this.withMirror(
      name,
      async (mirror, { epoch }) => {
        const snapshot = await draw(mirror);
        return { ...snapshot, epoch, bytes: Buffer.from(snapshot.bytes) };
      },
      async (info) => {
        const { lines, ...screen } = await plainScreen(this.source, name, info);
        const text = [...lines, ...(seam === undefined ? [] : [seam, ''])].join('\r\n');
        return { ...screen, epoch: info.epoch, bytes: Buffer.from(text), title: '' };
      },
    );
  }

  /** Uses the session's mirror, caught up; `otherwise` when the emulator cannot take the session's output. */
  private async withMirror<T>(
    sessionId: string,
    use: (mirror: Mirror, info: TranscriptInfo) => Promise<T>,
    otherwise: (info: TranscriptInfo) => Promise<T>,
  ): Promise<T> {
    return behindDamage(await this.source.info(sessionId), (info) =>
      this.withMirrorOf(sessionId, info, use, otherwise),
    );
  }

  private async withMirrorOf<T>(
    sessionId: string,
    info: TranscriptInfo,
    use: (mirror: Mirror, info: TranscriptInfo) => Promise<T>,
    otherwise: (info: TranscriptInfo) => Promise<T>,
  ): Promise<T> {
    let tailBytes = COLD_BYTES;
    for (let attempt = 0; attempt < MAX_ATTEMPTS && !this.isPoisoned(sessionId); attempt++) {
      try {
        return await use(await this.caughtUp(sessionId, info, tailBytes), info);
      } catch (error) {
        if (!(error instanceof MirrorError) || error.code === 'closed') throw error;
        this.mirrors.delete(sessionId);
        tailBytes = this.afterFailure(sessionId, error, tailBytes);
      }
    }
    return otherwise(info);
  }

  /** How much to parse in the next attempt; or none, and the session is left alone for a while. */
  private afterFailure(sessionId: string, { code }: MirrorError, tailBytes: number): number {
    if (code === 'restarted') return tailBytes;
    const worthAnother = (code === 'effort' || code === 'failed') && tailBytes > NEAR_BYTES;
    if (!worthAnother) this.poisonedUntil.set(sessionId, this.clock.monotonic() + this.options.poisonedMs);
    return NEAR_BYTES;
  }

  private async caughtUp(sessionId: string, info: TranscriptInfo, tailBytes: number): Promise<Mirror> {
    let mirror = this.mirrors.get(sessionId);
    if (!mirror?.isContinuedBy(info)) {
      const { source, options } = this;
      const worker = this.workerOf(sessionId);
      mirror = await Mirror.open(sessionId, info, tailBytes, {
        source,
        worker,
        scrollbackLines: options.scrollbackLines,
      });
      this.builds++;
    }
    this.touch(sessionId, mirror);
    await mirror.catchUp(info);
    this.makeRoom(sessionId);
    return mirror;
  }

  private touch(sessionId: string, mirror: Mirror): void {
    mirror.lastUsed = this.clock.monotonic();
    this.mirrors.delete(sessionId);
    this.mirrors.set(sessionId, mirror);
  }

  private makeRoom(keep: string): void {
    const { maxMirrors, maxBytes } = this.options;
    let bytes = this.bytes();
    for (const [sessionId, mirror] of this.mirrors) {
      if (this.mirrors.size <= maxMirrors && bytes <= maxBytes) return;
      if (sessionId === keep || this.turns.busy(sessionId)) continue;
      bytes -= mirror.estimatedBytes;
      this.evict(sessionId);
    }
  }

  private bytes(): number {
    let sum = 0;
    for (const mirror of this.mirrors.values()) sum += mirror.estimatedBytes;
    return sum;
  }

  private isPoisoned(sessionId: string): boolean {
    return (this.poisonedUntil.get(sessionId) ?? 0) > this.clock.monotonic();
  }

  private workerOf(sessionId: string): MirrorWorker {
    let hash = 0;
    for (let i = 0; i < sessionId.length; i++) hash = (hash * 31 + sessionId.charCodeAt(i)) >>> 0;
    return this.workers[hash % this.workers.length] as MirrorWorker;
  }
}

function startWorker(): WorkerThread {
  return new Worker(workerFile(), { resourceLimits: { maxOldGenerationSizeMb: WORKER_HEAP_MIB }, env: {} });
}
