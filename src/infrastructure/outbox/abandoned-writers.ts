import path from 'node:path';
import type { RecordSource } from './record-source';
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
  /** Names of those that hold what this process does not know. Not more than there were dead processes. */
  private readonly left = new Set<string>();

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

  /** Another process may have this one: of another version, or one that does more. False: it is none of these. */
  leave(source: RecordSource): boolean {
    const one = this.adopted.find(({ queue }) => queue === source);
    if (!one) return false;
    this.adopted = this.adopted.filter((other) => other !== one);
    this.left.add(path.basename(one.directory.path));
    one.directory.release();
    return true;
  }

  /** Another process may have them. */
  release(): void {
    for (const { directory } of this.adopted) directory.release();
    this.adopted = [];
  }

  private async takeOver(): Promise<number> {
    let found = 0;
    for (const name of this.directories.list()) {
      if (!this.left.has(name)) found += await this.takeOverOne(name);
    }
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
