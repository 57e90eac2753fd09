import type { Subscription } from './types';

type Listener<T> = (payload: T) => void;

/** Typed events. A listener that throws disturbs nobody: its error surfaces as an uncaught one of the application. */
export class Emitter<Events extends object> {
  private readonly listeners = new Map<keyof Events, readonly Listener<never>[]>();

  on<K extends keyof Events>(event: K, listener: Listener<Events[K]>): Subscription {
    // Wrapped, so that one function subscribed twice is two subscriptions.
    const entry: Listener<Events[K]> = (payload) => listener(payload);
    this.listeners.set(event, [...(this.listeners.get(event) ?? []), entry]);
    return {
      dispose: () => {
        this.listeners.set(
          event,
          (this.listeners.get(event) ?? []).filter((other) => other !== entry),
        );
      },
    };
  }

  has(event: keyof Events): boolean {
    return (this.listeners.get(event)?.length ?? 0) > 0;
  }

  emit<K extends keyof Events>(event: K, payload: Events[K]): void {
    for (const listener of this.listeners.get(event) ?? []) {
      try {
        (listener as Listener<Events[K]>)(payload);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
