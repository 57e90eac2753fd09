import type { Disposable } from '../../kernel/disposables';

/** One announcement to the other nodes: small, because PostgreSQL carries at most 8000 bytes of it. */
export interface ControlMessage {
  readonly topic: string;
  readonly payload: unknown;
}

/**
 * Announcements from node to node, at most once. What was announced while a node could not hear is lost to it, so that
 * whoever needs the truth reads it again in `onReconnected`.
 */
export abstract class ControlBus {
  /** Never throws and never waits: the sender has already done the thing it announces. */
  abstract publish(message: ControlMessage): void;
  /** Messages of other nodes only. */
  abstract onMessage(listener: (message: ControlMessage) => void): Disposable;
  abstract onReconnected(listener: () => void): Disposable;
  /** False: what others announce now is lost to this node, as far as it knows. */
  abstract get hears(): boolean;
}
