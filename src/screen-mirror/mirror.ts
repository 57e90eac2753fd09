import type { Resize } from './emulator/screen-emulator';
import { MirrorError } from './mirror-error';
import type { MirrorWorker } from './mirror-worker';
import type { SizeMark, TranscriptInfo, TranscriptSource } from './transcript-source';
import type { JobResult, Progress } from './worker/messages';

/** Read and parsed at once: a tenth of a second of the worker, in which no other session is served. */
const PIECE_BYTES = 1024 * 1024;
/** Resizes applied in one piece; of a longer storm only the last ones, each costs a reflow of all lines. */
const MAX_RESIZES = 64;
/** How far the beginning of a line is looked for when a transcript is not read from its beginning. */
const ALIGN_BYTES = 64 * 1024;
const LINE_FEED = 0x0a;
const DEFAULT_SIZE = { cols: 80, rows: 24 };

export interface MirrorDependencies {
  readonly source: TranscriptSource;
  readonly worker: MirrorWorker;
  readonly scrollbackLines: number;
}

/** The gateway's end of one session's screen in a worker: how far it is parsed and what it weighs. */
export class Mirror {
  lastUsed = 0;
  private readonly thread: number;
  private drawn: JobResult<'snapshot'> | undefined;

  private constructor(
    private readonly sessionId: string,
    private readonly epoch: string,
    private readonly dependencies: MirrorDependencies,
    private progress: Progress,
  ) {
    this.thread = dependencies.worker.restarts;
  }

  /** A screen parsed from at most the last `tailBytes` of the transcript (nothing is parsed yet). */
  static async open(
    sessionId: string,
    info: TranscriptInfo,
    tailBytes: number,
    dependencies: MirrorDependencies,
  ): Promise<Mirror> {
    const { source, worker, scrollbackLines } = dependencies;
    const offset = await lineStart(source, sessionId, info, Math.max(info.start, info.end - tailBytes));
    const size = sizeAt(info.sizes, offset);
    const progress = await worker.run({ op: 'open', session: sessionId, ...size, offset, scrollbackLines });
    return new Mirror(sessionId, info.epoch, dependencies, progress);
  }

  get estimatedBytes(): number {
    return this.progress.estimatedBytes + (this.drawn?.bytes.length ?? 0);
  }

  /** False when its thread is gone, the process was replaced, or bytes it has not seen were dropped. */
  isContinuedBy(info: TranscriptInfo): boolean {
    const { offset } = this.progress;
    const alive = this.thread === this.dependencies.worker.restarts;
    return alive && info.epoch === this.epoch && offset >= info.start && offset <= info.end;
  }

  /** Parses up to the end known when asked, however fast the session goes on. */
  async catchUp(info: TranscriptInfo): Promise<void> {
    do {
      const { offset } = this.progress;
      const wanted = Math.min(PIECE_BYTES, info.end - offset);
      const bytes = wanted > 0 ? await this.dependencies.source.read(this.sessionId, offset, wanted) : Buffer.alloc(0);
      if (wanted > 0 && bytes.length === 0) throw new MirrorError('failed', `no output at ${offset}`);
      await this.feed(bytes, this.resizes(info.sizes, offset, offset + bytes.length));
    } while (this.progress.offset < info.end);
  }

  async snapshot(): Promise<JobResult<'snapshot'>> {
    this.drawn ??= await this.dependencies.worker.run({ op: 'snapshot', session: this.sessionId });
    return this.drawn;
  }

  /** The last snapshot of this screen: its program is gone. */
  async seal(seam: string): Promise<JobResult<'snapshot'>> {
    this.drawn = undefined;
    await this.dependencies.worker.run({ op: 'seal', session: this.sessionId, seam });
    return this.snapshot();
  }

  text(): Promise<JobResult<'text'>> {
    return this.dependencies.worker.run({ op: 'text', session: this.sessionId });
  }

  replies(after: number): Promise<JobResult<'replies'>> {
    return this.dependencies.worker.run({ op: 'replies', session: this.sessionId, after });
  }

  close(): void {
    if (this.thread !== this.dependencies.worker.restarts) return;
    void this.dependencies.worker.run({ op: 'close', session: this.sessionId }).catch(() => undefined);
  }

  private async feed(bytes: Uint8Array, resizes: readonly Resize[]): Promise<void> {
    if (bytes.length === 0 && resizes.length === 0) return;
    this.drawn = undefined;
    this.progress = await this.dependencies.worker.run({ op: 'feed', session: this.sessionId, bytes, resizes });
  }

  private resizes(sizes: readonly SizeMark[], from: number, to: number): Resize[] {
    const now = sizeAt(sizes, from);
    const behind = now.cols !== this.progress.cols || now.rows !== this.progress.rows;
    const inside = sizes.filter(({ offset }) => offset > from && offset <= to);
    const all = behind ? [{ ...now, offset: from }, ...inside] : inside;
    return all.slice(-MAX_RESIZES).map(({ offset, cols, rows }) => ({ offset, cols, rows }));
  }
}

function sizeAt(sizes: readonly SizeMark[], offset: number): { cols: number; rows: number } {
  const mark = sizes.findLast((size) => size.offset <= offset) ?? sizes[0] ?? DEFAULT_SIZE;
  return { cols: mark.cols, rows: mark.rows };
}

/** The beginning of a line at or after `offset`, so as not to begin in the middle of a sequence. */
async function lineStart(source: TranscriptSource, id: string, info: TranscriptInfo, offset: number): Promise<number> {
  if (offset === 0) return 0;
  const bytes = await source.read(id, offset, Math.min(ALIGN_BYTES, info.end - offset));
  return offset + bytes.indexOf(LINE_FEED) + 1;
}
