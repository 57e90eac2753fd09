import type { ByteLog, Piece } from './byte-log';
import { StreamSender } from './stream-sender';

/** What a client says it has: the next byte it wants, and of which process. */
export interface WantedOutput {
  readonly epoch?: string;
  readonly offset?: number;
}

/** The host's half of the output: what one attachment may get next from the transcript. */
export class OutputSender extends StreamSender {
  constructor(
    private readonly log: ByteLog,
    from: number,
  ) {
    super(from);
  }

  /** Unacknowledged output and output that was not sent yet. */
  get behind(): number {
    return this.log.end - this.acked;
  }

  /** What is next is gone, or there is more of it than `limit`: a snapshot has to take its place. */
  mustJump(limit: number): boolean {
    return this.next < this.log.start || this.log.end - this.next > limit;
  }

  /** The next piece, already counted as sent; `undefined` when there is none or the window is full. */
  take(window: number, max: number): Piece | undefined {
    const offset = this.next;
    const room = Math.min(this.room(this.log.end, window), max);
    if (room <= 0) return undefined;
    const bytes = this.log.read(offset, room);
    if (bytes.length === 0) return undefined;
    this.advance(bytes.length);
    return { offset, bytes };
  }
}

/**
 * Where output continues exactly: `wanted.offset`, if it is of this epoch, still held, and at most `limit` behind. `undefined`
 * when a snapshot has to come first.
 */
export function resumePoint(log: ByteLog, epoch: string, wanted: WantedOutput, limit: number): number | undefined {
  const { offset } = wanted;
  if (wanted.epoch !== epoch || offset === undefined) return undefined;
  return offset >= log.start && offset <= log.end && log.end - offset <= limit ? offset : undefined;
}
