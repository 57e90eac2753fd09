import {
  type ClaudePermissionAnswer,
  cleanPaste,
  pasteInput,
  type ClientEvents,
  type Opened,
  type Role,
  type SignalName,
} from '@holdfast/protocol';
import type { RemoteTerminal } from './remote-terminal';
import type {
  Acknowledge,
  Pasted,
  PasteOptions,
  Subscription,
  Terminal,
  TerminalClaude,
  TerminalEvents,
  TerminalState,
} from './types';
import { ClientClaude } from './terminal-claude';
import { clampSize } from './wishes';

type ImmediateEvent =
  | 'claude.permission.answer'
  | 'claude.continue'
  | 'claude.dismiss'
  | 'signal'
  | 'write.request'
  | 'write.answer'
  | 'write.revoke'
  | 'kick';

/** The application's side of a terminal. */
export class ClientTerminal implements Terminal {
  readonly claude: TerminalClaude;

  constructor(
    private readonly remote: RemoteTerminal,
    /** A person typed while there is no connection. */
    private readonly wake: () => void,
  ) {
    this.claude = new ClientClaude(this);
  }

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

  get role(): Role {
    return this.remote.input.role;
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

  paste(text: string, { bracketed = false }: PasteOptions = {}): Pasted {
    const clean = cleanPaste(text);
    const { newlines, removed } = clean;
    return { sent: this.write(pasteInput(clean, bracketed)), newlines, removed, ranLines: newlines > 0 && !bracketed };
  }

  resize(cols: number, rows: number): void {
    this.remote.wishes.resize(clampSize({ cols, rows }), this);
  }

  setVisible(visible: boolean): void {
    this.remote.wishes.setVisible(visible);
  }

  signal(signal: SignalName): void {
    this.sendNow('signal', { signal });
  }

  requestWrite(): void {
    this.sendNow('write.request', {});
  }

  answerWrite(requestId: string, allow: boolean, forSeconds?: number): void {
    this.sendNow('write.answer', { requestId, allow, forSeconds });
  }

  revokeWrite(user: string): void {
    this.sendNow('write.revoke', { user });
  }

  kick(user: string): void {
    this.sendNow('kick', { user });
  }

  answerPermission(answer: ClaudePermissionAnswer): void {
    this.sendNow('claude.permission.answer', answer);
  }

  continueClaude(): void {
    this.sendNow('claude.continue', {});
  }

  dismissClaude(): void {
    this.sendNow('claude.dismiss', {});
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

  /** What means something now or never. */
  private sendNow<E extends ImmediateEvent>(event: E, data: Omit<ClientEvents[E], 'channel'>): void {
    const { attachments, events, life } = this.remote;
    if (attachments.active !== undefined) attachments.active.send(event, data);
    else if (life.over === undefined) {
      const message = 'This was not sent, because there is no connection. Send it again when there is one.';
      events.emit('error', { code: 'not_connected', message, retryable: true });
    }
  }

  private releaseHeld(): void {
    this.remote.output.release();
    this.remote.life.considerExit();
  }
}
