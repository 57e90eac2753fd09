import { SegmentQueue, type SegmentQueueOptions } from './segment-queue';
import type { WriterDirectories, WriterDirectory } from './writer-directories';

interface Adopted {
  readonly directory: WriterDirectory;
  readonly queue: SegmentQueue;
}

/** What processes wrote down that died before the database had it. */
export class AbandonedWriters {
  private adopted: Adopted[] = [];
  private adopting: Promise<number> | undefined;

  constructor(
    private readonly directories: WriterDirectories,
    private readonly queueOptions: (directory: string) => SegmentQueueOptions,
  ) {}

  get sources(): SegmentQueue[] {
    return this.adopted.map(({ queue }) => queue);
  }

  get diskBytes(): number {
    return this.adopted.reduce((sum, { queue }) => sum + queue.diskBytes, 0);
  }

  /** Takes over every directory without an owner. Answers how many records were found. */
  adopt(): Promise<number> {
    this.adopting ??= this.takeOver().finally(() => (this.adopting = undefined));
    return this.adopting;
  }

  removeDrained(): void {
    const drained = this.adopted.filter(({ queue }) => queue.pending === 0);
    this.adopted = this.adopted.filter((one) => !drained.includes(one));
    for (const { directory, queue } of drained) {
      // Moves damaged files aside before the directory goes.
      queue.dropDrained({ newest: true });
      directory.remove();
    }
  }

  /** Another process may have them. */
  release(): void {
    for (const { directory } of this.adopted) directory.release();
    this.adopted = [];
  }

  private async takeOver(): Promise<number> {
    let found = 0;
    for (const name of this.directories.list()) found += await this.takeOverOne(name);
    this.removeDrained();
    return found;
  }

  private async takeOverOne(name: string): Promise<number> {
    const directory = this.directories.claim(name);
    if (!directory) return 0;
    try {
      const queue = await SegmentQueue.open(this.queueOptions(directory.path));
      this.adopted.push({ directory, queue });
      return queue.pending;
    } catch (error) {
      directory.release();
      throw error;
    }
  }
}
