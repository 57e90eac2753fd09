import { Logger } from '@nestjs/common';
import type { Disposable } from '../../kernel/disposables';
import { isDatabaseUnavailable } from './database-errors';

const RETRY_MS = 1000;

/** Something that has to happen once the database answers: now, or as soon as it is back. */
export class DatabaseTask implements Disposable {
  private timer: NodeJS.Timeout | undefined;
  private disposed = false;

  constructor(
    private readonly name: string,
    private readonly task: () => Promise<void>,
  ) {}

  /** Resolves after the first attempt; one that failed for want of the database is repeated, other failures are thrown. */
  async run(): Promise<void> {
    clearTimeout(this.timer);
    try {
      await this.task();
    } catch (error) {
      if (!isDatabaseUnavailable(error)) throw error;
      if (!this.disposed) this.timer = setTimeout(() => this.start(), RETRY_MS).unref();
    }
  }

  /** As {@link run}, for those who do not wait. */
  start(): void {
    this.run().catch((error: unknown) => new Logger(this.name).error(error));
  }

  dispose(): void {
    this.disposed = true;
    clearTimeout(this.timer);
  }
}
