import type { Timers, UpgradeRefusal, WebSocketLike } from '../types';

type Listener = (event: never) => void;

/** The client's end of an in-memory connection. What travels takes `latencyMs` and keeps its order. */
export class FakeSocket implements WebSocketLike {
  binaryType = 'blob';
  readyState = 0;
  bufferedAmount = 0;
  refusal?: UpgradeRefusal;
  /** Nothing passes any more and nobody notices: a cable was pulled. */
  frozen = false;
  /** The code with which the client closed. */
  closedByClient: number | undefined;
  onClientMessage: (data: string | Uint8Array) => void = () => undefined;
  onClientClose: () => void = () => undefined;
  private readonly listeners: { readonly type: string; readonly listener: Listener }[] = [];
  private over = false;

  constructor(
    readonly url: string,
    readonly protocols: string[],
    readonly headers: Record<string, string>,
    private readonly timers: Timers,
    private readonly latencyMs: () => number,
  ) {}

  get open(): boolean {
    return !this.over;
  }

  addEventListener(type: string, listener: Listener): void {
    this.listeners.push({ type, listener });
  }

  send(data: string | Uint8Array): void {
    const copy = typeof data === 'string' ? data : new Uint8Array(data);
    this.travel(() => this.onClientMessage(copy));
  }

  close(code?: number): void {
    if (this.over) return;
    this.over = true;
    this.readyState = 3;
    this.closedByClient = code ?? 1005;
    // What was sent before the close arrives before it.
    this.timers.setTimeout(() => this.onClientClose(), this.latencyMs());
  }

  // The server's side.

  accept(): void {
    this.readyState = 1;
    this.dispatch('open', undefined);
  }

  deliver(data: string | Uint8Array): void {
    const copy = typeof data === 'string' ? data : new Uint8Array(data).buffer;
    this.travel(() => {
      if (!this.over) this.dispatch('message', { data: copy });
    });
  }

  /** Ends at once with what is on the way lost (`1006`), or in order. */
  end(code = 1006, reason = ''): void {
    const finish = (): void => {
      if (this.over) return;
      this.over = true;
      this.readyState = 3;
      this.onClientClose();
      this.dispatch('close', { code, reason });
    };
    if (code === 1006) finish();
    else this.travel(finish);
  }

  private travel(arrive: () => void): void {
    this.timers.setTimeout(() => {
      if (!this.frozen) arrive();
    }, this.latencyMs());
  }

  private dispatch(type: string, event: unknown): void {
    for (const entry of this.listeners) if (entry.type === type) entry.listener(event as never);
  }
}
