import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { ControlBus, type ControlMessage } from '../infrastructure/control-bus/control-bus';
import { type Disposable, Disposables } from '../kernel/disposables';
import { TypedEvents } from '../kernel/typed-events';

/** What took access away from somebody. */
export interface AccessEventMap {
  'login.revoked': { readonly loginId: string };
  /** All that this user holds: disabled, or the role changed. */
  'user.revoked': { readonly userId: string };
  /** Added, changed or removed. */
  'membership.changed': { readonly userId: string; readonly projectId: string };
  'project.deleted': { readonly projectId: string };
  /** With what he left running; `user.revoked` comes, too. */
  'user.disabled': { readonly userId: string };
  /** A link, and everybody who came in by it. */
  'share.revoked': { readonly shareId: string };
  /** One person who came in by a link. */
  'grant.revoked': { readonly shareId: string; readonly userId: string };
}

/** While this node does not hear the others, it asks the database so often what it missed … */
const DEAF_CHECK_MS = 500;
/** … and so often in any case: a connection can be dead for a while before anybody knows. */
const CHECK_MS = 15_000;

const FIELDS: { readonly [E in keyof AccessEventMap]: readonly (keyof AccessEventMap[E] & string)[] } = {
  'login.revoked': ['loginId'],
  'user.revoked': ['userId'],
  'membership.changed': ['userId', 'projectId'],
  'project.deleted': ['projectId'],
  'user.disabled': ['userId'],
  'share.revoked': ['shareId'],
  'grant.revoked': ['shareId', 'userId'],
};

/** Loss of access, heard on every node: here at once, elsewhere within milliseconds. */
@Injectable()
export class AccessEvents implements OnApplicationShutdown {
  private readonly events = new TypedEvents<AccessEventMap>();
  private readonly gaps = new TypedEvents<{ missed: undefined }>();
  private readonly subscriptions = new Disposables();

  constructor(private readonly bus: ControlBus) {
    const message = bus.onMessage((received) => this.receive(received));
    const missed = (): void => this.gaps.emit('missed', undefined);
    const reconnected = bus.onReconnected(missed);
    this.subscriptions.add(() => message.dispose());
    this.subscriptions.add(() => reconnected.dispose());
    const timers = [setInterval(() => bus.hears || missed(), DEAF_CHECK_MS), setInterval(missed, CHECK_MS)];
    for (const timer of timers) {
      timer.unref();
      this.subscriptions.add(() => clearInterval(timer));
    }
  }

  on<E extends keyof AccessEventMap>(event: E, listener: (payload: AccessEventMap[E]) => void): Disposable {
    return this.events.on(event, listener);
  }

  /** Events of other nodes may have been missed: whoever keeps something open reads the truth again. Comes often. */
  onMissed(listener: () => void): Disposable {
    return this.gaps.on('missed', listener);
  }

  /** After the fact: what is announced must already be in the database. */
  emit<E extends keyof AccessEventMap>(event: E, payload: AccessEventMap[E]): void {
    this.emitHere(event, payload);
    this.bus.publish({ topic: event, payload });
  }

  /** For what other nodes learn from the database themselves. */
  emitHere<E extends keyof AccessEventMap>(event: E, payload: AccessEventMap[E]): void {
    this.events.emit(event, payload);
  }

  onApplicationShutdown(): void {
    this.subscriptions.dispose();
  }

  private receive({ topic, payload }: ControlMessage): void {
    if (isAccessEvent(topic) && hasFields(topic, payload)) this.emitHere(topic, payload);
  }
}

function isAccessEvent(topic: string): topic is keyof AccessEventMap {
  return Object.hasOwn(FIELDS, topic);
}

function hasFields<E extends keyof AccessEventMap>(event: E, payload: unknown): payload is AccessEventMap[E] {
  if (typeof payload !== 'object' || payload === null) return false;
  const fields = new Map<string, unknown>(Object.entries(payload));
  return FIELDS[event].every((field) => typeof fields.get(field) === 'string');
}
