import fs from 'node:fs';
import { isOutOfDescriptors } from './disk-refusal';
import { endOf, type Segment } from './segment';
import type { SegmentFiles } from './segment-files';

/** Reads raw segments with one descriptor: who reads on reads the same one again and again. */
export class SegmentReader {
  private fd = -1;
  private segment: Segment | undefined;

  constructor(private readonly files: SegmentFiles) {}

  /** At most `max` bytes from `offset`; marks the segment when its file does not have them. */
  read(segment: Segment, offset: number, max: number): Buffer {
    const bytes = Buffer.allocUnsafe(Math.min(max, endOf(segment) - offset));
    try {
      const n = fs.readSync(this.open(segment), bytes, 0, bytes.length, offset - segment.start);
      if (n === 0) segment.damaged = true;
      return bytes.subarray(0, n);
    } catch (error) {
      // The file is gone, or the disk cannot read it.
      if (!isOutOfDescriptors(error)) segment.damaged = true;
      return Buffer.alloc(0);
    }
  }

  /** Its raw file is about to be deleted. */
  release(segment: Segment): void {
    if (this.segment === segment) this.close();
  }

  close(): void {
    if (this.segment) fs.closeSync(this.fd);
    this.segment = undefined;
  }

  private open(segment: Segment): number {
    if (this.segment !== segment) {
      const fd = fs.openSync(this.files.raw(segment.start), 'r');
      this.close();
      this.fd = fd;
      this.segment = segment;
    }
    return this.fd;
  }
}
