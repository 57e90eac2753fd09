import { SegmentCache } from './segment-cache';
import type { TimeSource } from './time-log';

/** A flood fills segments and drops them again at once: what is done to a segment is done when it stays. */
const SETTLE_MS = 5_000;
/** Wholly so far behind the end, a segment is not replayed to anybody: the default of SESSION_REPLAY_BYTES. */
const COLD_AFTER_BYTES = 16 * 1024 * 1024;
/** After the disk took nothing: compression needs room before it gives some back. */
const REFUSED_MS = 30_000;
/** Deleted in one turn, about 3 ms; four turns a second keep up with any flood. */
const MAX_DROPS = 32;
const MIB = 1024 * 1024;

/** What a step of care came to. `later`: nothing yet; `refused`: the disk took nothing. */
export type CareOutcome = 'worked' | 'later' | 'nothing' | 'refused';

/** A transcript as the store sees it. */
export interface HeldTranscript {
  readonly care: {
    readonly ended: boolean;
    /** Whether its oldest segment may go although the session runs. */
    readonly hasColdOldest: boolean;
    /** Unix milliseconds of its oldest segment's and of its newest output. */
    readonly oldestAt: number;
    readonly newestAt: number;
    readonly storedBytes: number;
    /** Seals or compresses one segment. */
    step(): Promise<CareOutcome>;
  };
  /** Deletes the oldest segment, never the newest; false when there is no other. */
  dropOldest(): boolean;
  tellDropped(): void;
}

/** What all transcripts of a host share: disk space, memory for reading compressed segments, and one thing done at a time. */
export class TranscriptStore {
  readonly cache = new SegmentCache();
  private readonly held = new Set<HeldTranscript>();
  private readonly waiting = new Set<HeldTranscript>();
  private limitBytes = Number.POSITIVE_INFINITY;
  private stored = 0;
  private dropped = 0;
  private working: Promise<void> | undefined;
  private resumeAt = 0;

  readonly settleMs: number;
  readonly coldAfterBytes: number;

  constructor(
    readonly clock: TimeSource,
    private readonly log: (message: string) => void,
    { settleMs = SETTLE_MS, coldAfterBytes = COLD_AFTER_BYTES } = {},
  ) {
    this.settleMs = settleMs;
    this.coldAfterBytes = coldAfterBytes;
  }

  /** Disk space of all output, without time marks. */
  get storedBytes(): number {
    return this.stored;
  }

  /** Disk space that was taken back from sessions because all together had too much. */
  get droppedBytes(): number {
    return this.dropped;
  }

  /** The last gateway that said it counts. */
  limit(bytes: number): void {
    if (bytes !== this.limitBytes) this.log(`transcripts may take ${toMiB(bytes)} MiB, and take ${toMiB(this.stored)}`);
    this.limitBytes = bytes;
  }

  add(transcript: HeldTranscript): void {
    this.held.add(transcript);
    this.account(transcript.care.storedBytes);
    this.careFor(transcript);
  }

  /** Its files were deleted. */
  remove(transcript: HeldTranscript): void {
    if (!this.held.delete(transcript)) return;
    this.waiting.delete(transcript);
    this.account(-transcript.care.storedBytes);
  }

  /** So much more disk space is used. */
  account(bytes: number): void {
    this.stored += bytes;
  }

  /** There may be something to seal or to compress. */
  careFor(transcript: HeldTranscript): void {
    this.waiting.add(transcript);
  }

  /** To be called a few times a second. */
  tick(): void {
    if (this.stored > this.limitBytes) this.makeRoom();
    void this.work();
  }

  /** Seals and compresses whatever there is to do now. */
  work(): Promise<void> {
    this.working ??= this.careForAll().finally(() => (this.working = undefined));
    return this.working;
  }

  private async careForAll(): Promise<void> {
    if (this.clock.monotonic() < this.resumeAt) return;
    for (const transcript of this.waiting) if ((await this.care(transcript)) === 'refused') return;
  }

  private async care(transcript: HeldTranscript): Promise<CareOutcome> {
    let outcome: CareOutcome = 'worked';
    try {
      while (outcome === 'worked' && this.held.has(transcript)) outcome = await transcript.care.step();
    } catch (error) {
      this.log(`a transcript is left as it is: ${(error as Error).message}`);
      outcome = 'nothing';
    }
    if (outcome === 'nothing') this.waiting.delete(transcript);
    if (outcome === 'refused') this.resumeAt = this.clock.monotonic() + REFUSED_MS;
    return outcome;
  }

  /** Of sessions that ended the whole transcript but its newest segment, the longest ago first; then the oldest cold ones. */
  private makeRoom(): void {
    const before = this.stored;
    const told = new Set<HeldTranscript>();
    for (let drops = 0; drops < MAX_DROPS && this.stored > this.limitBytes; drops++) {
      const victim = this.victim();
      if (!victim) break;
      victim.dropOldest();
      told.add(victim);
    }
    if (told.size === 0) return;
    this.dropped += before - this.stored;
    this.log(`transcripts took ${toMiB(before)} MiB: dropped the oldest ${toMiB(before - this.stored)} MiB`);
    for (const transcript of told) transcript.tellDropped();
  }

  private victim(): HeldTranscript | undefined {
    let ended: HeldTranscript | undefined;
    let running: HeldTranscript | undefined;
    for (const transcript of this.held) {
      const { care } = transcript;
      if (!care.hasColdOldest) continue;
      if (!care.ended) {
        if (!running || care.oldestAt < running.care.oldestAt) running = transcript;
      } else if (!ended || care.newestAt < ended.care.newestAt) ended = transcript;
    }
    return ended ?? running;
  }
}

function toMiB(bytes: number): number {
  return Math.round(bytes / MIB);
}
