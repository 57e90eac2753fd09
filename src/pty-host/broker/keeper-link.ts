import { receiveDescriptor } from '../native/libc';
import {
  BrokerFd,
  MAX_DESCRIPTORS_IN_FLIGHT,
  type BrokerToKeeper,
  type KeeperToBroker,
  type KeptSession,
  type RawExit,
} from '../keeper/keeper-messages';

export interface KeeperEvents {
  /** A master arrived. */
  onDescriptor(session: KeptSession, fd: number): void;
  onSpawnFailed(sessionId: string, message: string): void;
  onExit(sessionId: string, exit: RawExit): void;
  /** The keeper died: existing terminals go on, new ones cannot be made, exit codes are unknown. */
  onGone(): void;
}

export type KeeperInit = Extract<KeeperToBroker, { type: 'init' }>;

/** The broker's side of the IPC channel to its parent, the keeper. */
export class KeeperLink {
  /** The keeper's first message. */
  readonly init: Promise<KeeperInit>;
  private events: KeeperEvents | undefined;
  private readonly early: Exclude<KeeperToBroker, KeeperInit>[] = [];
  private gone = false;
  private batchArrived: ((count: number) => void) | undefined;

  constructor() {
    this.init = new Promise((resolve) => {
      process.on('message', (message: KeeperToBroker) => {
        if (message.type === 'init') resolve(message);
        else if (this.events) this.deliver(this.events, message);
        else this.early.push(message);
      });
    });
    process.on('disconnect', () => {
      this.gone = true;
      this.batchArrived?.(0);
      this.events?.onGone();
    });
  }

  get alive(): boolean {
    return !this.gone;
  }

  listen(events: KeeperEvents): void {
    this.events = events;
    for (const message of this.early.splice(0)) this.deliver(events, message);
    if (this.gone) events.onGone();
  }

  send(message: BrokerToKeeper): void {
    if (!this.gone) process.send?.(message, undefined, undefined, () => undefined);
  }

  /** Fetches the masters of these sessions, few at a time. Throws when one does not come: it is alive all the same. */
  async fetch(sessionIds: readonly string[]): Promise<void> {
    for (let at = 0; at < sessionIds.length && !this.gone; at += MAX_DESCRIPTORS_IN_FLIGHT) {
      const batch = sessionIds.slice(at, at + MAX_DESCRIPTORS_IN_FLIGHT);
      const arrived = new Promise<number>((resolve) => (this.batchArrived = resolve));
      this.send({ type: 'want-descriptors', sessionIds: batch });
      const count = await arrived;
      if (count < batch.length && this.alive)
        throw new Error(`the keeper sent ${count} of ${batch.length} descriptors`);
    }
    this.batchArrived = undefined;
  }

  private deliver(events: KeeperEvents, message: Exclude<KeeperToBroker, KeeperInit>): void {
    switch (message.type) {
      case 'descriptors':
        for (const session of message.sessions) events.onDescriptor(session, receiveDescriptor(BrokerFd.descriptors));
        this.batchArrived?.(message.sessions.length);
        return;
      case 'exit':
        return events.onExit(message.sessionId, message.exit);
      case 'spawn-failed':
        return events.onSpawnFailed(message.sessionId, message.message);
    }
  }
}
