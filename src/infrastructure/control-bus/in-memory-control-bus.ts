import type { Disposable } from '../../kernel/disposables';
import { TypedEvents } from '../../kernel/typed-events';
import { ControlBus, type ControlMessage } from './control-bus';

/** A {@link ControlBus} between objects of one process, for tests. */
export class InMemoryControlBus extends ControlBus {
  private readonly events = new TypedEvents<{ message: ControlMessage; reconnected: undefined }>();
  private readonly others = new Set<InMemoryControlBus>();
  hears = true;

  /** From now on each hears the other. */
  join(other: InMemoryControlBus): void {
    this.others.add(other);
    other.others.add(this);
  }

  publish(message: ControlMessage): void {
    for (const other of this.others) other.events.emit('message', message);
  }

  onMessage(listener: (message: ControlMessage) => void): Disposable {
    return this.events.on('message', listener);
  }

  onReconnected(listener: () => void): Disposable {
    return this.events.on('reconnected', listener);
  }

  reconnect(): void {
    this.events.emit('reconnected', undefined);
  }
}
