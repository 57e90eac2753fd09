import { Injectable } from '@nestjs/common';
import { Clock } from '../../kernel/clock';
import type { SizeMark } from '../../pty-host/wire/host-messages';
import { PlainText } from '../plain-text/plain-text';
import { MIDDLE_STATE, type ResumePoint } from '../plain-text/resume-point';
import { TranscriptHost, type HeldTranscript, type TranscriptDetails } from '../transcript-host';
import { Pace } from './pace';
import { TextChunks, type TextChunk } from './text-chunks';
import { TextIndex, type Claim, type DatedChunk } from './text-index';

/** Read at once: a millisecond of the host's time, a few of ours. */
const PIECE_BYTES = 64 * 1024;
/** After each piece it rests so many times as long as the piece took: a tenth of one core at most. */
const REST_FACTOR = 9;
const MIN_REST_MS = 5;
/** Output that is waiting to be indexed. Beyond it the oldest is skipped: text of much more would be dropped anyway. */
const MAX_BACKLOG_BYTES = 16 * 1024 * 1024;

/** Indexes one session from where it was left to where its output is now. */
@Injectable()
export class SessionIndexer {
  constructor(
    private readonly host: TranscriptHost,
    private readonly index: TextIndex,
    private readonly pace: Pace,
    private readonly clock: Clock,
  ) {}

  /** Returns up to where it is indexed; undefined when that is somebody else's work at the moment. */
  async run(held: HeldTranscript, signal: AbortSignal): Promise<number | undefined> {
    const claim = await this.index.claim(held);
    if (!claim) return undefined;
    try {
      const transcript = await this.host.details(held.key, held.epoch);
      const { start, end } = transcript;
      const indexedTo = claim.indexedTo < end ? await this.advance(claim, transcript, signal) : claim.indexedTo;
      await this.index.prune(held, start);
      return indexedTo;
    } finally {
      // The lease ends by itself.
      await this.index.release(held).catch(() => undefined);
    }
  }

  private async advance(claim: Claim, transcript: TranscriptDetails, signal: AbortSignal): Promise<number> {
    const { key, epoch, end, sizes } = transcript;
    const from = startingPoint(claim.resume, transcript);
    let whole: TextChunk[] = [];
    let written = claim.resume.offset;
    const chunks = new TextChunks(from, (chunk) => whole.push(chunk));
    const text = new PlainText((line) => chunks.add(line), from);
    while (text.position < end) {
      const startedAt = this.clock.monotonic();
      const bytes = await this.host.read(key, epoch, text.position, Math.min(PIECE_BYTES, end - text.position));
      // Dropped meanwhile: the next pass begins with what is left.
      if (bytes.length === 0) return written;
      feed(text, bytes, sizes);
      const resume = chunks.resumePoint;
      if (resume.offset > written) {
        await this.index.write(claim, {
          chunks: await this.dated(transcript, whole),
          resume,
          indexedTo: resume.offset,
        });
        written = resume.offset;
        whole = [];
      }
      await this.pace.wait(Math.max(MIN_REST_MS, (this.clock.monotonic() - startedAt) * REST_FACTOR), signal);
      if (signal.aborted) return written;
    }
    const resume = chunks.resumePoint;
    text.end();
    const unfinished = chunks.unfinished(end);
    const provisional = await this.dated(transcript, unfinished ? [...whole, unfinished] : whole);
    await this.index.write(claim, { chunks: provisional, resume, indexedTo: end });
    return end;
  }

  private dated({ key, epoch, lastOutputAt }: TranscriptDetails, chunks: readonly TextChunk[]): Promise<DatedChunk[]> {
    return Promise.all(
      chunks.map(async (chunk) => {
        const { marks } = await this.host.times(key, epoch, chunk.fromOffset, chunk.toOffset);
        return { ...chunk, saidAt: marks.at(-1)?.[1] ?? lastOutputAt };
      }),
    );
  }
}

function startingPoint(resume: ResumePoint, { start, end }: TranscriptDetails): ResumePoint {
  const oldest = Math.max(start, end - MAX_BACKLOG_BYTES);
  return resume.offset >= oldest ? resume : { offset: oldest, state: MIDDLE_STATE };
}

/** Pushes output together with the widths at which it was written. */
function feed(text: PlainText, bytes: Uint8Array, sizes: readonly SizeMark[]): void {
  const from = text.position;
  const to = from + bytes.length;
  const before = sizes.findLast(({ offset }) => offset <= from);
  if (before) text.setWidth(before.cols);
  for (const { offset, cols } of sizes) {
    if (offset <= from || offset >= to) continue;
    text.push(bytes.subarray(text.position - from, offset - from));
    text.setWidth(cols);
  }
  text.push(bytes.subarray(text.position - from));
}
