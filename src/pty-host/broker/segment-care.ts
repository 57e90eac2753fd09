import fs from 'node:fs';
import { isDiskRefusal, isOutOfDescriptors } from './disk-refusal';
import type { Seal, SealIndex } from './seal-index';
import { endOf, type Segment } from './segment';
import { SegmentDamagedError, compressFile, crcOfFile, decompressFile } from './segment-bytes';
import type { SegmentFiles } from './segment-files';
import type { CareOutcome, HeldTranscript, TranscriptStore } from './transcript-store';

/** Two blocks of a disk: less cannot become smaller by much. */
const MIN_COLD_BYTES = 8 * 1024;
/** Compressed, it must be smaller than this share; otherwise reading it costs more than it saves. */
const WORTHWHILE = 0.9;

type Care = HeldTranscript['care'];

/** Everything that happens to the segments of a transcript behind the newest one, none of it in the way of output. */
export class SegmentCare implements Care {
  ended = false;
  private readonly checking = new Map<Segment, Promise<void>>();

  constructor(
    private readonly segments: readonly Segment[],
    private readonly files: SegmentFiles,
    private readonly seals: SealIndex,
    private readonly store: Pick<TranscriptStore, 'clock' | 'cache' | 'account' | 'settleMs' | 'coldAfterBytes'>,
    /** Its raw file is about to be deleted. */
    private readonly release: (segment: Segment) => void,
  ) {}

  get hasColdOldest(): boolean {
    const [oldest] = this.segments;
    return oldest !== undefined && this.segments.length > 1 && this.isCold(oldest);
  }

  get oldestAt(): number {
    return this.segments[0]?.filledAt ?? 0;
  }

  get newestAt(): number {
    return this.segments.at(-1)?.filledAt ?? 0;
  }

  get storedBytes(): number {
    return this.segments.reduce((sum, { stored }) => sum + stored, 0);
  }

  async step(): Promise<CareOutcome> {
    const waiting = this.segments.filter((segment) => this.isToDo(segment));
    const due = waiting.find((segment) => this.isSettled(segment));
    if (!due) return waiting.length > 0 ? 'later' : 'nothing';
    try {
      if (due.state.is === 'filled') await this.seal(due);
      else await this.compress(due);
      return 'worked';
    } catch (error) {
      if (error instanceof SegmentDamagedError) due.damaged = true;
      // Dropped while we worked on it.
      else if (!this.segments.includes(due)) return 'worked';
      else if (!isDiskRefusal(error)) throw error;
      else return 'refused';
      return 'worked';
    }
  }

  /** Resolves when the segment was found whole or damaged, with its bytes when it is compressed. */
  async makeReadable(segment: Segment): Promise<Buffer | undefined> {
    const { state } = segment;
    try {
      if (state.is === 'cold') {
        const read = (): Promise<Buffer> => decompressFile(this.files.cold(segment.start), segment.size, state.crc);
        return await this.store.cache.load(segment, read);
      }
      if (state.is === 'sealed' && !state.checked) await this.check(segment, state.crc);
    } catch (error) {
      if (isOutOfDescriptors(error)) throw error;
      // A raw file that was compressed meanwhile is missing, not damaged.
      if (segment.state.is === state.is) segment.damaged = true;
    }
    return undefined;
  }

  private check(segment: Segment, crc: number): Promise<void> {
    let check = this.checking.get(segment);
    if (!check) {
      check = this.compare(segment, crc).finally(() => this.checking.delete(segment));
      this.checking.set(segment, check);
    }
    return check;
  }

  private async compare(segment: Segment, crc: number): Promise<void> {
    const found = await crcOfFile(this.files.raw(segment.start), segment.size);
    if (found !== crc) throw new SegmentDamagedError('the CRC does not match');
    if (segment.state.is === 'sealed') segment.state = { ...segment.state, checked: true };
  }

  private async seal(segment: Segment): Promise<void> {
    const { start, size, filledAt } = segment;
    const crc = await crcOfFile(this.files.raw(start), size);
    if (!this.segments.includes(segment)) return;
    const seal = { start, size, crc, filledAt };
    this.seals.add(seal, [...this.segments.flatMap(sealOf), seal]);
    segment.state = { is: 'sealed', crc, checked: true, incompressible: false };
  }

  private async compress(segment: Segment): Promise<void> {
    const { state, start } = segment;
    if (state.is !== 'sealed') return;
    const bytes = await compressFile(this.files.raw(start), state.crc);
    if (bytes.length > segment.size * WORTHWHILE) {
      segment.state = { ...state, checked: true, incompressible: true };
      return;
    }
    const temporary = this.files.temporary(start);
    try {
      await fs.promises.writeFile(temporary, bytes, { mode: 0o600 });
      // From here on nothing comes in between.
      if (!this.segments.includes(segment)) return;
      fs.renameSync(temporary, this.files.cold(start));
    } finally {
      fs.rmSync(temporary, { force: true });
    }
    this.release(segment);
    fs.rmSync(this.files.raw(start), { force: true });
    this.store.account(bytes.length - segment.stored);
    segment.stored = bytes.length;
    segment.state = { is: 'cold', crc: state.crc };
  }

  private isToDo(segment: Segment): boolean {
    const { state, damaged, size } = segment;
    if (damaged) return false;
    if (state.is === 'filled') return true;
    return state.is === 'sealed' && !state.incompressible && size >= MIN_COLD_BYTES && this.isCold(segment);
  }

  private isCold(segment: Segment): boolean {
    const newest = this.segments.at(-1);
    return this.ended || (newest !== undefined && endOf(newest) - endOf(segment) >= this.store.coldAfterBytes);
  }

  /** Also when the clock was set back. */
  private isSettled({ filledAt }: Segment): boolean {
    const age = this.store.clock.now() - filledAt;
    return age < 0 || age >= this.store.settleMs;
  }
}

/** Its bytes can be read from its raw file, now. */
export function isReadable({ state }: Segment): boolean {
  return state.is === 'open' || state.is === 'filled' || (state.is === 'sealed' && state.checked);
}

function sealOf({ start, size, filledAt, state }: Segment): Seal[] {
  return state.is === 'sealed' || (state.is === 'cold' && state.crc !== undefined)
    ? [{ start, size, crc: state.crc as number, filledAt }]
    : [];
}
