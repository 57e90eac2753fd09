import type { ByteRange } from '../events';
import { StreamReceiver, type Accepted } from './stream-receiver';

/** One write to the PTY, and so the most that can be ambiguous after a crash. */
export const MAX_WRITE_BYTES = 1024;

/** How far one writer's input has come, on record where it survives this process. */
export interface InputRecord {
  /** The end of the write that was about to happen. */
  readonly intent: number;
  /** The end of what was written for certain. */
  readonly commit: number;
}

/** Puts both numbers on record in one step; false when that cannot be done now. */
export type RecordInput = (intent: number, commit: number) => boolean;

/** Writes `length` bytes from `at`; returns how many the PTY took. */
export type WriteInput = (bytes: Uint8Array, at: number, length: number) => number;

const OVERFLOW = { kind: 'overflow' } as const;
const NOTHING: InputRecord = { intent: 0, commit: 0 };

/**
 * The host's half of one writer's input. What it accepts waits in memory until it is written, so `written` ≤ `received`, and
 * only what is written is ever acknowledged. A host that was killed between the intent and the commit of a write cannot know
 * whether it happened: those bytes count as written, because typing them twice is worse, and are reported as ambiguous.
 */
export class InputAcceptor {
  private readonly stream: StreamReceiver;
  private writtenTo: number;
  private unknown: ByteRange | undefined;

  constructor(
    private readonly record: RecordInput,
    { intent, commit }: InputRecord = NOTHING,
  ) {
    if (intent > commit) this.unknown = { from: commit, to: intent };
    this.writtenTo = Math.max(intent, commit);
    this.stream = new StreamReceiver(this.writtenTo);
  }

  /** Everything before was accepted; what comes again is a duplicate. */
  get received(): number {
    return this.stream.next;
  }

  /** Everything before was written to the PTY. */
  get written(): number {
    return this.writtenTo;
  }

  /**
   * Where the client sends again from. Not `received`: the client forgets what is before, and what waits here in memory is lost
   * with this process. What it sends twice because of that is a duplicate.
   */
  get resumeAt(): number {
    return this.writtenTo;
  }

  /** May or may not have been written before the previous host was killed. Known until the writer types on: it heard of it. */
  get ambiguous(): ByteRange | undefined {
    return this.unknown;
  }

  /** Takes what is new. `overflow`: more than `room` is, and nothing was taken. */
  accept(offset: number, bytes: Uint8Array, room: number): Accepted | typeof OVERFLOW {
    const fresh = offset + bytes.length - this.received;
    if (offset <= this.received && fresh > 0 && fresh > room) return OVERFLOW;
    const accepted = this.stream.accept(offset, bytes);
    if (accepted.kind === 'deliver') this.unknown = undefined;
    return accepted;
  }

  /**
   * Writes the next accepted bytes, at most one write's worth: intent on record, then the write, then its commit. Returns
   * how many were written; 0 when they cannot be recorded or the PTY takes none. A write that was short, or did not happen,
   * takes the rest of its intent back and is not ambiguous.
   */
  write(bytes: Uint8Array, at: number, length: number, writeToPty: WriteInput): number {
    const size = Math.min(length, MAX_WRITE_BYTES);
    // With the commit of what came before: an earlier ambiguity was heard of and must not grow by this write.
    if (!this.record(this.writtenTo + size, this.writtenTo)) return 0;
    const written = writeToPty(bytes, at, size);
    this.writtenTo += written;
    this.record(this.writtenTo, this.writtenTo);
    return written;
  }
}
