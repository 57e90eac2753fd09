import type { WebSocketLike } from '@holdfast/client';
import { FrameType } from '@holdfast/protocol';
import type { VirtualTime } from './virtual-time';
import type { Random } from './random';
import type { Totals } from './totals';

type Listener = (event: never) => void;
type Message = string | Uint8Array;

export interface WireSetup {
  readonly timers: VirtualTime;
  readonly random: Random;
  readonly totals: Totals;
  /** Share of binary frames that are dropped, doubled or delayed past later ones: no TCP does that. */
  harm: number;
}

/** One connection: the client's end is a WebSocket, the server's are the `on…` functions. Either end may learn of its end first. */
export class SimulatedSocket implements WebSocketLike {
  binaryType = 'blob';
  readyState = 0;
  bufferedAmount = 0;
  /** Nothing passes any more and nobody notices. */
  frozen = false;
  onMessage: (data: Message) => void = () => undefined;
  onClose: () => void = () => undefined;
  private readonly listeners: { readonly type: string; readonly listener: Listener }[] = [];
  private readonly latencyMs: number;
  private clientOver = false;
  private serverOver = false;

  constructor(private readonly setup: WireSetup) {
    this.latencyMs = setup.random.between(1, 40);
  }

  get open(): boolean {
    return !this.clientOver && !this.serverOver;
  }

  // The client's end.

  addEventListener(type: string, listener: Listener): void {
    this.listeners.push({ type, listener });
  }

  send(data: Message): void {
    this.travel(data, (copy) => {
      if (!this.serverOver) this.onMessage(copy);
    });
  }

  close(): void {
    if (this.clientOver) return;
    this.clientOver = true;
    this.readyState = 3;
    // What was sent before the close arrives before it.
    this.later(() => this.endServer());
  }

  // The server's end.

  accept(): void {
    this.readyState = 1;
    this.dispatch('open', undefined);
  }

  deliver(data: Message): void {
    if (this.serverOver) return;
    this.travel(data, (copy) => {
      if (this.clientOver) return;
      this.dispatch('message', { data: typeof copy === 'string' ? copy : (copy.buffer as ArrayBuffer) });
    });
  }

  /** In order, after what was sent. */
  endWith(code: number, reason = ''): void {
    this.later(() => {
      this.endServer();
      this.endClient(code, reason);
    });
  }

  /** What is on the way is lost. */
  cut(noticedFirstBy: 'client' | 'server' | 'both', lateMs: number): void {
    const both = noticedFirstBy === 'both';
    if (noticedFirstBy !== 'server') this.endClient(1006, '');
    if (noticedFirstBy !== 'client') this.endServer();
    this.frozen = true;
    if (!both) {
      this.setup.timers.setTimeout(() => {
        this.endServer();
        this.endClient(1006, '');
      }, lateMs);
    }
  }

  private endServer(): void {
    if (this.serverOver) return;
    this.serverOver = true;
    this.onClose();
  }

  private endClient(code: number, reason: string): void {
    if (this.clientOver) return;
    this.clientOver = true;
    this.readyState = 3;
    this.dispatch('close', { code, reason });
  }

  private travel(data: Message, arrive: (copy: Message) => void): void {
    const copy = typeof data === 'string' ? data : new Uint8Array(data);
    const { random, harm, totals } = this.setup;
    // Not what opens a channel: over no transport does one survive its loss.
    const harmable = typeof copy !== 'string' && copy[0] !== FrameType.snapshot;
    if (harmable && random.chance(harm)) {
      const fate = random.between(0, 2);
      if (fate === 0) return totals.add('dropped');
      if (fate === 1) totals.add('doubled');
      else totals.add('delayed');
      this.later(() => arrive(copy), random.between(1, 60));
      if (fate === 2) return;
    }
    this.later(() => arrive(copy));
  }

  private later(run: () => void, extraMs = 0): void {
    this.setup.timers.setTimeout(() => {
      if (!this.frozen) run();
    }, this.latencyMs + extraMs);
  }

  private dispatch(type: string, event: unknown): void {
    for (const entry of this.listeners) if (entry.type === type) entry.listener(event as never);
  }
}
