import { TranscriptDamagedError, TranscriptSource, type SizeMark, type TranscriptInfo } from './transcript-source';

/** A transcript in memory, for tests. */
export class MemoryTranscriptSource extends TranscriptSource {
  readonly reads: { sessionId: string; from: number; bytes: number }[] = [];
  private readonly sessions = new Map<string, MemoryTranscript>();

  session(sessionId: string, cols = 80, rows = 24): MemoryTranscript {
    let session = this.sessions.get(sessionId);
    if (!session) this.sessions.set(sessionId, (session = new MemoryTranscript(cols, rows)));
    return session;
  }

  info(sessionId: string): Promise<TranscriptInfo> {
    return Promise.resolve(this.session(sessionId).info());
  }

  read(sessionId: string, from: number, max: number): Promise<Buffer> {
    const session = this.session(sessionId);
    if (from < session.damagedTo && from >= session.damagedFrom)
      return Promise.reject(new TranscriptDamagedError(session.damagedTo));
    const bytes = session.slice(from, from < session.damagedFrom ? Math.min(max, session.damagedFrom - from) : max);
    this.reads.push({ sessionId, from, bytes: bytes.length });
    return Promise.resolve(bytes);
  }
}

class MemoryTranscript {
  damagedFrom = 0;
  damagedTo = 0;
  private bytes = Buffer.alloc(0);
  private start = 0;
  private sizes: SizeMark[];

  constructor(
    cols: number,
    rows: number,
    private epoch = 'epoch-1',
  ) {
    this.sizes = [{ offset: 0, cols, rows }];
  }

  get end(): number {
    return this.start + this.bytes.length;
  }

  write(data: string | Uint8Array): this {
    this.bytes = Buffer.concat([this.bytes, Buffer.from(data as string)]);
    return this;
  }

  resize(cols: number, rows: number): this {
    this.sizes.push({ offset: this.end, cols, rows });
    return this;
  }

  /** Forgets everything before `offset`, as a bounded journal does. */
  drop(offset: number): this {
    this.bytes = this.bytes.subarray(offset - this.start);
    this.start = offset;
    return this;
  }

  replaceProcess(epoch: string): this {
    const last = this.sizes[this.sizes.length - 1] as SizeMark;
    this.epoch = epoch;
    this.bytes = Buffer.alloc(0);
    this.start = 0;
    this.sizes = [{ ...last, offset: 0 }];
    return this;
  }

  info(): TranscriptInfo {
    return { epoch: this.epoch, start: this.start, end: this.end, sizes: [...this.sizes] };
  }

  slice(from: number, max: number): Buffer {
    return Buffer.from(this.bytes.subarray(Math.max(0, from - this.start), Math.max(0, from - this.start) + max));
  }
}
