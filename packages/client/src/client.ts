import { CloseCode, DEFAULT_WINDOW_BYTES, FIRST_TRY_MS, reactionTo } from '@holdfast/protocol';
import type { ErrorData, Frame, ServerEvents, ServerMessage } from '@holdfast/protocol';
import { closedError } from './closed-error';
import { Connection, type Closed, type ConnectionHandlers, type ConnectionSetup } from './connection';
import { Deferred } from './deferred';
import { Emitter } from './emitter';
import { HoldfastError } from './holdfast-error';
import { MAX_CHANNEL } from './limits';
import { ReconnectPolicy } from './reconnect-policy';
import { Redial } from './redial';
import { RemoteTerminal, type TerminalHost } from './remote-terminal';
import { Replacement, type ConnectionPair } from './replacement';
import { Settlement } from './settlement';
import { ClientTerminal } from './terminal';
import type { Client, ClientEvents, ConnectionState, OpenOptions, Subscription, Terminal, Timers } from './types';
import { onWakeUp } from './wake-up';

/**
 * Keeps one connection to the server, and two for the moment in which a new one takes over from an old one. `current` serves
 * the terminals; `candidate` dials or opens its channels and becomes current when all of them are open, or when there is
 * no other.
 */
export class HoldfastClient implements Client, ConnectionHandlers, ConnectionPair, TerminalHost {
  readonly timers: Timers;
  current: Connection | undefined;
  candidate: Connection | undefined;
  private connectionState: ConnectionState = { name: 'idle' };
  private readonly events = new Emitter<ClientEvents>();
  private readonly policy: ReconnectPolicy;
  private readonly terminals = new Map<number, RemoteTerminal>();
  private readonly wakeUp: Subscription;
  private readonly redial: Redial;
  private readonly replacement: Replacement;
  private readonly settlement: Settlement;
  private serials = 0;
  private channels = 0;
  private window = DEFAULT_WINDOW_BYTES;
  private welcomed: Deferred<void> | undefined;
  private closing: Promise<void> | undefined;

  constructor(private readonly setup: ConnectionSetup) {
    const { timers } = setup;
    this.timers = timers;
    this.policy = new ReconnectPolicy(
      () => timers.random(),
      () => timers.now(),
    );
    this.redial = new Redial(timers, this.policy, () => this.dial());
    this.replacement = new Replacement(timers, this.policy, this);
    this.settlement = new Settlement(timers, () => this.redial.succeeded());
    this.wakeUp = onWakeUp(() => this.retryNow());
  }

  get state(): ConnectionState {
    return this.connectionState;
  }

  connect(): Promise<void> {
    if (this.state.name === 'online') return Promise.resolve();
    if (this.state.name === 'closed') return Promise.reject(closedError(this.state));
    this.welcomed ??= new Deferred();
    if (this.state.name === 'idle') this.dial();
    return this.welcomed.promise;
  }

  open(options: OpenOptions): Terminal {
    if (this.channels >= MAX_CHANNEL) throw new HoldfastError('too_many_channels', 'Make a new client.');
    const remote = new RemoteTerminal(this, ++this.channels, options);
    const terminal = new ClientTerminal(remote, () => this.retryNow());
    if (this.state.name === 'closed' || this.closing !== undefined) {
      // Later, so that the caller's listeners hear it.
      queueMicrotask(() => remote.life.shutdown('closed', 'The client is closed.'));
      return terminal;
    }
    this.terminals.set(remote.channel, remote);
    if (this.current?.live) remote.attach(this.current);
    if (this.candidate?.live) remote.attach(this.candidate);
    if (this.state.name === 'idle') this.dial();
    return terminal;
  }

  on<K extends keyof ClientEvents>(event: K, listener: (payload: ClientEvents[K]) => void): Subscription {
    return this.events.on(event, listener);
  }

  retryNow(): void {
    this.current?.probe();
    if (this.state.name === 'waiting') this.redial.now();
  }

  close(): Promise<void> {
    this.closing ??= this.leave();
    return this.closing;
  }

  // TerminalHost

  windowBytes(): number {
    return this.window;
  }

  remove(terminal: RemoteTerminal): void {
    this.terminals.delete(terminal.channel);
    for (const connection of [this.current, this.candidate]) if (connection) this.attachmentChanged(connection);
  }

  attachmentChanged(connection: Connection): void {
    if (!connection.live || this.settlement.of(connection) !== 'no') return;
    for (const terminal of this.terminals.values()) if (!terminal.settledOn(connection)) return;
    this.settlement.begin(connection);
    if (connection === this.candidate) this.promote(connection);
  }

  // ConnectionHandlers

  onWelcome(connection: Connection): void {
    const welcome = connection.welcome as ServerEvents['welcome'];
    this.window = welcome.limits.windowBytes;
    if (this.current === undefined) this.promote(connection);
    this.events.emit('welcome', welcome);
    for (const terminal of [...this.terminals.values()]) terminal.attach(connection);
    this.attachmentChanged(connection);
  }

  onFrame(connection: Connection, frame: Frame): void {
    this.terminals.get(frame.channel)?.onFrame(connection, frame);
  }

  onEvent(connection: Connection, message: ServerMessage): void {
    switch (message.event) {
      case 'goaway':
        return this.replacement.onGoAway(connection, message.data.reconnectAfterMs);
      case 'auth.expiring':
        return void this.onExpiring(connection);
      case 'error':
        if (message.data.channel === undefined) return this.reportError(message.data);
        break;
      case 'claude.attention':
        return this.events.emit('claude.attention', message.data);
      default:
        // Everything else is about a terminal, or of a later protocol version.
        break;
    }
    const { channel } = message.data as { readonly channel?: number };
    if (channel !== undefined) this.terminals.get(channel)?.onEvent(connection, message);
  }

  onLatency(milliseconds: number): void {
    this.events.emit('latency', milliseconds);
  }

  onMalformed(message: string): void {
    this.reportError({ code: 'bad_frame', message });
  }

  awaitsAcknowledgement(connection: Connection): boolean {
    for (const terminal of this.terminals.values()) if (terminal.awaitsAcknowledgement(connection)) return true;
    return false;
  }

  onSuspect(connection: Connection): void {
    this.replacement.onSuspect(connection);
  }

  onClosed(connection: Connection, closed: Closed): void {
    const wasCandidate = connection === this.candidate;
    if (wasCandidate) this.candidate = undefined;
    else if (connection === this.current) this.current = undefined;
    else return;
    const { errorCode, reason: message } = closed;
    if (errorCode === 'credentials_failed') this.reportError({ code: errorCode, message });
    for (const terminal of [...this.terminals.values()]) terminal.drop(connection);
    if (this.state.name === 'closed' || this.closing !== undefined) return;
    if (wasCandidate && this.current !== undefined) return this.replacement.onFailed(this.current, closed);
    // Whoever took over from the old connection was this client's own candidate.
    const ownTakeOver = closed.code === CloseCode.takenOver && this.candidate !== undefined;
    const stops = closed.credentialsRefused || reactionTo(closed.code) === 'stop';
    if (stops && !ownTakeOver) return this.finish(closed);
    if (this.candidate?.live) this.promote(this.candidate);
    else if (this.candidate !== undefined) this.setState({ name: 'connecting', attempt: this.policy.attempt });
    else this.onAttemptEnded(connection, closed);
  }

  dial(): void {
    this.redial.cancel();
    if (this.current === undefined) this.setState({ name: 'connecting', attempt: this.policy.attempt });
    this.candidate = new Connection(++this.serials, this.setup, this);
  }

  private promote(connection: Connection): void {
    const old = this.current;
    this.current = connection;
    this.candidate = undefined;
    this.replacement.reset();
    if (old !== undefined) {
      old.close();
      for (const terminal of [...this.terminals.values()]) terminal.drop(old);
    }
    this.setState({ name: 'online' });
    this.welcomed?.resolve();
  }

  private onAttemptEnded(connection: Connection, closed: Closed): void {
    const settled = this.settlement.of(connection);
    this.settlement.clear();
    const state = this.redial.after(closed, settled, this.replacement.returnInMs);
    if (state === undefined) return this.finish(closed);
    this.replacement.reset();
    this.setState(state);
  }

  private async onExpiring(connection: Connection): Promise<void> {
    const { credentials } = this.setup;
    // A ticket cannot renew a socket, but it can open the next one.
    if ('ticket' in credentials) return this.replacement.after(connection, this.timers.random() * FIRST_TRY_MS);
    try {
      connection.send('auth.renew', { token: await credentials.token() });
    } catch (error) {
      this.reportError({ code: 'credentials_failed', message: error instanceof Error ? error.message : String(error) });
    }
  }

  private async leave(): Promise<void> {
    if (this.state.name === 'closed') return;
    this.redial.cancel();
    this.replacement.reset();
    await Promise.all([...this.terminals.values()].map((terminal) => terminal.life.leave()));
    this.finish({ code: CloseCode.normal, reason: 'closed by the application' });
  }

  /** The last state: nothing is dialled again. */
  private finish(closed: Closed): void {
    if (this.state.name === 'closed') return;
    const { candidate, current } = this;
    this.candidate = this.current = undefined;
    const state = { name: 'closed', code: closed.code, reason: closed.reason } as const;
    this.redial.cancel();
    this.replacement.reset();
    this.settlement.clear();
    this.wakeUp.dispose();
    candidate?.close();
    current?.close();
    this.setState(state);
    const error = closedError(state, closed.errorCode);
    for (const terminal of [...this.terminals.values()]) terminal.life.shutdown(error.code, error.message);
    this.welcomed?.reject(error);
  }

  private setState(state: ConnectionState): void {
    this.connectionState = state;
    this.events.emit('state', state);
  }

  private reportError({ code, message }: Pick<ErrorData, 'code' | 'message'>): void {
    this.events.emit('error', { code, message });
  }
}
