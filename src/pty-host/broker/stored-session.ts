import type { SizeMark } from '../wire/host-messages';
import { isDiskRefusal } from './disk-refusal';
import type { SessionFiles, SessionRecord } from './session-files';

/**
 * A session's record and sizes, in memory and on disk. What a full disk refuses stays in memory and is tried again: it must
 * not end the terminals of everybody.
 */
export class StoredSession {
  readonly sizes: SizeMark[];
  private current: SessionRecord;
  private recordUnsaved = false;
  private sizesUnsaved = false;

  constructor(
    record: SessionRecord,
    private readonly files: SessionFiles,
    private readonly events: {
      /** The disk refused: call `retry` later. */
      onRefused(): void;
      onSaved(record: SessionRecord): void;
    },
  ) {
    this.current = record;
    this.sizes = files.readSizes();
  }

  get record(): SessionRecord {
    return this.current;
  }

  /** Something of the record is in memory only. */
  get hasUnsavedRecord(): boolean {
    return this.recordUnsaved;
  }

  save(change: Partial<SessionRecord>): void {
    this.current = { ...this.current, ...change };
    this.recordUnsaved = true;
    this.retry();
  }

  addSize(mark: SizeMark): void {
    if (!this.attempt(() => this.files.addSize(this.sizes, mark))) this.sizesUnsaved = true;
  }

  retry(): void {
    if (this.sizesUnsaved && this.attempt(() => this.files.writeSizes(this.sizes))) this.sizesUnsaved = false;
    if (this.recordUnsaved && this.attempt(() => this.files.write(this.current))) {
      this.recordUnsaved = false;
      this.events.onSaved(this.current);
    }
  }

  private attempt(write: () => void): boolean {
    try {
      write();
      return true;
    } catch (error) {
      if (!isDiskRefusal(error)) throw error;
      this.events.onRefused();
      return false;
    }
  }
}
