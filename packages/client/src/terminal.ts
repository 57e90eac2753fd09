import type { Opened, SignalName } from '@holdfast/protocol';
import type { RemoteTerminal } from './remote-terminal';
import type { Acknowledge, Subscription, Terminal, TerminalEvents, TerminalState } from './types';
import { clampSize } from './wishes';

/** The application's side of a terminal. */
export class ClientTerminal implements Terminal {
  constructor(
    private readonly remote: RemoteTerminal,
    /** A person typed while there is no connection. */
    private readonly wake: () => void,
  ) {}

  get state(): TerminalState {
    const { attachments, life } = this.remote;
    if (life.over !== undefined) return life.over;
    if (attachments.active !== undefined) return 'open';
    return this.sessionId === undefined ? 'opening' : 'resuming';
  }

  get sessionId(): string | undefined {
    const { name } = this.remote;
    return name.kind === 'known' ? name.id : undefined;
  }

  get writerId(): string {
    return this.remote.writerId;
  }

  get title(): string {
    return this.remote.title;
  }

  get cols(): number {
    return this.remote.cols;
  }

  get rows(): number {
    return this.remote.rows;
  }

  get ready(): Promise<Opened> {
    return this.remote.life.ready.promise;
  }

  on<K extends keyof TerminalEvents>(event: K, listener: (payload: TerminalEvents[K]) => void): Subscription {
    const subscription = this.remote.events.on(event, listener);
    // Later, so that listeners added in the same breath see what was held, too.
    if (event === 'data' && this.remote.output.holds) queueMicrotask(() => this.releaseHeld());
    return subscription;
  }

  onData(listener: (bytes: Uint8Array, ack: Acknowledge) => void): Subscription {
    return this.on('data', ({ bytes, ack }) => listener(bytes, ack));
  }

  onExit(listener: (exit: TerminalEvents['exit']) => void): Subscription {
    return this.on('exit', listener);
  }

  write(input: string | Uint8Array): boolean {
    const { attachments, life, input: pump } = this.remote;
    if (!life.running || !pump.write(input)) return false;
    if (attachments.active === undefined) this.wake();
    return true;
  }

  resize(cols: number, rows: number): void {
    this.remote.wishes.resize(clampSize({ cols, rows }), this);
  }

  setVisible(visible: boolean): void {
    this.remote.wishes.setVisible(visible);
  }

  signal(signal: SignalName): void {
    const { attachments, events, life } = this.remote;
    if (attachments.active !== undefined) attachments.active.send('signal', { signal });
    else if (life.over === undefined) {
      const message = 'The signal was not sent, because there is no connection. Send it again when there is one.';
      events.emit('error', { code: 'not_connected', message, retryable: true });
    }
  }

  terminate(signal?: SignalName): void {
    if (this.remote.life.over === undefined) this.remote.wishes.terminate(signal);
  }

  detach(): Promise<void> {
    return this.remote.life.leave();
  }

  position(): { readonly epoch: string; readonly offset: number } | undefined {
    return this.remote.output.position;
  }

  private releaseHeld(): void {
    this.remote.output.release();
    this.remote.life.considerExit();
  }
}
