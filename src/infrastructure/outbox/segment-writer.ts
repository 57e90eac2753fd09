import fs from 'node:fs';
import { promisify } from 'node:util';

const fdatasync = promisify(fs.fdatasync);

/** Appends to one new file. */
export class SegmentWriter {
  private readonly fd: number;
  private length = 0;
  private unsynced = false;
  private syncing: Promise<void> = Promise.resolve();
  private next: Promise<void> | undefined;

  /** Throws when the disk refuses the file. */
  constructor(file: string) {
    this.fd = fs.openSync(file, 'wx', 0o600);
  }

  get size(): number {
    return this.length;
  }

  /** All of it, or nothing: then it throws what the disk said. */
  append(bytes: Buffer): void {
    try {
      let written = 0;
      while (written < bytes.length) {
        written += fs.writeSync(this.fd, bytes, written, bytes.length - written, this.length + written);
      }
    } catch (error) {
      this.cut();
      throw error;
    }
    this.length += bytes.length;
    this.unsynced = true;
  }

  /** Makes what was appended survive a power cut. One at a time; the next one serves all who came meanwhile. */
  sync(): Promise<void> {
    if (!this.unsynced) return this.syncing;
    this.next ??= this.syncing
      .catch(() => undefined)
      .then(() => {
        this.next = undefined;
        this.unsynced = false;
        return (this.syncing = fdatasync(this.fd));
      });
    return this.next;
  }

  /** Rejects when the disk did not take it. */
  async finish(): Promise<void> {
    try {
      await this.sync();
    } finally {
      fs.closeSync(this.fd);
    }
  }

  private cut(): void {
    try {
      fs.ftruncateSync(this.fd, this.length);
    } catch {
      // The next append writes over it, and opening knows a half record.
    }
  }
}
