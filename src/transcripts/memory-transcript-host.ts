import type { ExitStatus, SizeMark, TimeMark } from '../pty-host/wire/host-messages';
import { TranscriptHost, type HeldTranscript, type TimeMarks, type TranscriptDetails } from './transcript-host';

/** Transcripts in memory, for tests. */
export class MemoryTranscriptHost extends TranscriptHost {
  isAway = false;
  /** Marks in one answer. */
  maxMarks = 3;
  readonly reads: { key: string; from: number; bytes: number }[] = [];
  private readonly transcripts = new Map<string, MemoryTranscript>();

  transcript(key: string): MemoryTranscript {
    let transcript = this.transcripts.get(key);
    if (!transcript) this.transcripts.set(key, (transcript = new MemoryTranscript(key)));
    return transcript;
  }

  list(): Promise<readonly HeldTranscript[]> {
    return Promise.resolve([...this.transcripts.values()].map((transcript) => transcript.details()));
  }

  details(key: string): Promise<TranscriptDetails> {
    return Promise.resolve(this.transcript(key).details());
  }

  read(key: string, _epoch: string, from: number, max: number): Promise<Uint8Array> {
    const bytes = this.transcript(key).slice(from, max);
    this.reads.push({ key, from, bytes: bytes.length });
    return Promise.resolve(bytes);
  }

  times(key: string, _epoch: string, from: number, to: number): Promise<TimeMarks> {
    const { marks } = this.transcript(key);
    const governing = marks.findLast(([offset]) => offset <= from);
    const within = marks.filter(([offset]) => offset > from && offset < to);
    const all = governing ? [governing, ...within] : within;
    return Promise.resolve({ marks: all.slice(0, this.maxMarks), isAll: all.length < this.maxMarks });
  }

  earlierEpochs(): Promise<readonly HeldTranscript[]> {
    return Promise.resolve([]);
  }
}

export class MemoryTranscript {
  readonly marks: TimeMark[] = [];
  epoch = 'epoch-1';
  exit: ExitStatus | null = null;
  private bytes = Buffer.alloc(0);
  private start = 0;
  private now = 1_700_000_000_000;
  private readonly sizes: SizeMark[] = [{ offset: 0, cols: 80, rows: 24 }];

  constructor(private readonly key: string) {}

  get end(): number {
    return this.start + this.bytes.length;
  }

  /** Output, so many milliseconds after the last. */
  write(data: string | Uint8Array, afterMs = 0): this {
    this.now += afterMs;
    this.marks.push([this.end, this.now]);
    this.bytes = Buffer.concat([this.bytes, Buffer.from(data as string)]);
    return this;
  }

  resize(cols: number, rows: number): this {
    this.sizes.push({ offset: this.end, cols, rows });
    return this;
  }

  exited(exitCode: number | null, signal: string | null = null): this {
    this.exit = { exitCode, signal, reason: 'exited' };
    return this;
  }

  /** Forgets everything before `offset`. */
  drop(offset: number): this {
    this.bytes = this.bytes.subarray(offset - this.start);
    this.start = offset;
    return this;
  }

  slice(from: number, max: number): Buffer {
    if (from < this.start) return Buffer.alloc(0);
    return Buffer.from(this.bytes.subarray(from - this.start, from - this.start + max));
  }

  details(): TranscriptDetails {
    const { key, epoch, start, end, exit, now, sizes } = this;
    return {
      key,
      epoch,
      epochNumber: 1,
      start,
      end,
      exit,
      createdAt: this.marks[0]?.[1] ?? now,
      lastOutputAt: now,
      sizes: [...sizes],
    };
  }
}
