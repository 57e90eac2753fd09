import { foldCase } from '../plain-text/characters';
import type { TextLine } from '../plain-text/plain-text';
import type { ResumePoint } from '../plain-text/resume-point';

/** Small enough that a match is cheap to look at, large enough that the index of a session is about a thousand rows. */
const CHUNK_CHARACTERS = 8 * 1024;
/** Output of one chunk when little of it is text: what has to be read again after each pause, and no more. */
const CHUNK_BYTES = 256 * 1024;

/** Lines of one session that lie side by side, as they are stored. */
export interface TextChunk {
  readonly fromOffset: number;
  readonly toOffset: number;
  readonly body: string;
  readonly folded: string;
  readonly lineOffsets: readonly number[];
}

/** Collects lines to chunks. The same lines from the same point on give the same chunks. */
export class TextChunks {
  private lines: { readonly text: string; readonly offset: number }[] = [];
  private characters = 0;

  constructor(
    private from: ResumePoint,
    private readonly onChunk: (chunk: TextChunk) => void,
  ) {}

  /** Everything before it is in chunks that will not change. */
  get resumePoint(): ResumePoint {
    return this.from;
  }

  add({ text, offset, redrawn, next }: TextLine): void {
    // A program that redraws its lines again and again says them once.
    if (text !== '' && !(redrawn && this.lines.some((line) => line.text === text))) {
      this.lines.push({ text, offset });
      this.characters += text.length + 1;
    }
    if (this.characters < CHUNK_CHARACTERS && next.offset - this.from.offset < CHUNK_BYTES) return;
    const chunk = this.unfinished(next.offset);
    if (chunk) this.onChunk(chunk);
    this.from = next;
    this.lines = [];
    this.characters = 0;
  }

  /** What is not a whole chunk yet, up to `toOffset`. */
  unfinished(toOffset: number): TextChunk | undefined {
    const { lines, from } = this;
    if (lines.length === 0) return undefined;
    const body = lines.map(({ text }) => text).join('\n');
    const lineOffsets = lines.map(({ offset }) => offset - from.offset);
    return { fromOffset: from.offset, toOffset, body, folded: foldCase(body), lineOffsets };
  }
}
