import { DatabaseTask } from '../database/database-task';
import { type Disposable, Disposables } from '../../kernel/disposables';
import type { ControlBus } from './control-bus';

/**
 * Rows that every gateway has in memory: changes are announced and heard, and the rows are read again whenever some may have been
 * missed.
 */
export class AnnouncedCopy implements Disposable {
  private readonly subscriptions = new Disposables();
  private readonly reading: DatabaseTask;

  /** `topic`: what changes are announced as. */
  constructor(
    private readonly bus: ControlBus,
    private readonly topic: string,
    private readonly read: () => Promise<void>,
  ) {
    this.reading = new DatabaseTask(topic, read);
  }

  /** Resolves after the first attempt: without the database, the copy comes when the database does. */
  async open(): Promise<void> {
    for (const subscription of [
      this.bus.onMessage(({ topic }) => {
        if (topic === this.topic) this.reading.start();
      }),
      this.bus.onReconnected(() => this.reading.start()),
      this.reading,
    ]) {
      this.subscriptions.add(() => subscription.dispose());
    }
    await this.reading.run();
  }

  /** After this gateway has changed something: it holds here when this resolves, and soon elsewhere. */
  async announce(): Promise<void> {
    await this.read();
    this.bus.publish({ topic: this.topic, payload: {} });
  }

  dispose(): void {
    this.subscriptions.dispose();
  }
}
