import {
  CloseCode,
  DEFAULT_WINDOW_BYTES,
  reactionTo,
  type ErrorData,
  type Frame,
  type ServerEvents,
  type ServerMessage,
} from '@holdfast/protocol';
import { Connection, type Closed, type ConnectionHandlers, type ConnectionSetup } from './connection';
import { Emitter } from './emitter';
import { HoldfastError } from './holdfast-error';
import { FIRST_TRY_MS, MAX_HINT_MS, RETRY_NOW_INTERVAL_MS, STABLE_AFTER_MS, SUSPECT_DIAL_INTERVAL_MS } from './limits';
import { ReconnectPolicy, type Ending, type Plan } from './reconnect-policy';
import { ClientTerminal, type TerminalHost } from './terminal';
import type { Client, ClientEvents, ConnectionState, OpenOptions, Subscription, Terminal } from './types';
import { onWakeUp } from './wake-up';

/** Channels are unsigned 32-bit numbers and never used twice. */
const MAX_CHANNEL = 0xffffffff;
/** A new connection is still opening its channels when it is told to leave: look again after this. */
const REPLACEMENT_BUSY_MS = 1_000;

/**
 * Keeps one connection to the server, and two for the moment in which a new one takes over from an old one. `current` serves
 * the terminals; `candidate` dials or opens its channels and becomes current when all of them are open, or when there is
 * no other.
 */
export class HoldfastClient implements Client, ConnectionHandlers, TerminalHost {
  private connectionState: ConnectionState = { name: 'idle' };
  private readonly events = new Emitter<ClientEvents>();
  private readonly policy: ReconnectPolicy;
  private readonly terminals = new Map<number, ClientTerminal>();
  private readonly wakeUp: Subscription;
  private current: Connection | undefined;
  private candidate: Connection | undefined;
  private serials = 0;
  private channels = 0;
  private window = DEFAULT_WINDOW_BYTES;
  /** The connection that had all its channels opened, and whether it stayed so long enough to be a success. */
  private settled: { readonly connection: Connection; stable: boolean; readonly timer: unknown } | undefined;
  private dialTimer: unknown;
  /** The wait was imposed by the server, so nobody's impatience shortens it. */
  private imposed = false;
  /** The current connection has to go, by the server's wish or because its credential runs out. */
  private replacementWanted = false;
  private replacementTimer: unknown;
  /** When the goaway of the current connection allows to come back. */
  private returnAt: number | undefined;
  private suspectDial = { at: -Infinity, interval: SUSPECT_DIAL_INTERVAL_MS };
  /** The one renewal that a 4001 allows was used, and no connection has been stable since. */
  private renewed = false;
  private retriedAt = -Infinity;
  private welcomed:
    { resolve(): void; reject(error: HoldfastError): void; readonly promise: Promise<void> } | undefined;
  private closing: Promise<void> | undefined;

  constructor(private readonly setup: ConnectionSetup) {
    this.policy = new ReconnectPolicy(() => setup.timers.random());
    this.wakeUp = onWakeUp(() => this.retryNow());
  }

  get timers(): ConnectionSetup['timers'] {
    return this.setup.timers;
  }

  get state(): ConnectionState {
    return this.connectionState;
  }

  connect(): Promise<void> {
    if (this.state.name === 'online') return Promise.resolve();
    if (this.state.name === 'closed') return Promise.reject(closedError(this.state));
    if (this.welcomed === undefined) {
      let settle!: { resolve(): void; reject(error: HoldfastError): void };
      const promise = new Promise<void>((resolve, reject) => (settle = { resolve, reject }));
      this.welcomed = { ...settle, promise };
      // Whoever does not look at it has the `state` event.
      promise.catch(() => undefined);
    }
    if (this.state.name === 'idle') this.dial();
    return this.welcomed.promise;
  }

  open(options: OpenOptions): Terminal {
    if (this.channels >= MAX_CHANNEL) throw new HoldfastError('too_many_channels', 'Make a new client.');
    const terminal = new ClientTerminal(this, ++this.channels, options);
    const state = this.state;
    if (state.name === 'closed' || this.closing !== undefined) {
      // Later, so that the caller's listeners hear it.
      queueMicrotask(() => terminal.shutdown('closed', 'The client is closed.'));
      return terminal;
    }
    this.terminals.set(terminal.channel, terminal);
    if (this.current?.live) terminal.attach(this.current);
    if (this.candidate?.live) terminal.attach(this.candidate);
    if (state.name === 'idle') this.dial();
    return terminal;
  }

  on<K extends keyof ClientEvents>(event: K, listener: (payload: ClientEvents[K]) => void): Subscription {
    return this.events.on(event, listener);
  }

  retryNow(): void {
    this.current?.probe();
    const now = this.timers.now();
    if (this.state.name !== 'waiting' || this.imposed || now - this.retriedAt < RETRY_NOW_INTERVAL_MS) return;
    this.retriedAt = now;
    this.dial();
  }

  close(): Promise<void> {
    this.closing ??= this.leave();
    return this.closing;
  }

  // TerminalHost

  windowBytes(): number {
    return this.window;
  }

  wake(): void {
    this.retryNow();
  }

  remove(terminal: ClientTerminal): void {
    this.terminals.delete(terminal.channel);
    for (const connection of [this.current, this.candidate]) if (connection) this.attachmentChanged(connection);
  }

  attachmentChanged(connection: Connection): void {
    if (!connection.live || this.settled?.connection === connection) return;
    for (const terminal of this.terminals.values()) if (!terminal.settledOn(connection)) return;
    this.timers.clearTimeout(this.settled?.timer);
    const timer = this.timers.setTimeout(() => this.onStable(connection), STABLE_AFTER_MS);
    this.settled = { connection, stable: false, timer };
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
        return this.onGoAway(connection, message.data.reconnectAfterMs);
      case 'auth.expiring':
        return void this.onExpiring(connection);
      case 'error':
        if (message.data.channel === undefined) return this.reportError(message.data);
        break;
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

  /** A second connection costs little and never breaks a healthy first one. */
  onSuspect(connection: Connection): void {
    const now = this.timers.now();
    if (connection !== this.current || this.candidate !== undefined || this.policy.broken) return;
    if (now - this.suspectDial.at < this.suspectDial.interval) return;
    this.suspectDial.at = now;
    this.dial();
  }

  onClosed(connection: Connection, closed: Closed): void {
    const wasCandidate = connection === this.candidate;
    if (wasCandidate) this.candidate = undefined;
    else if (connection === this.current) this.current = undefined;
    else return;
    if (closed.errorCode === 'credentials_failed') {
      this.reportError({ code: closed.errorCode, message: closed.reason });
    }
    for (const terminal of [...this.terminals.values()]) terminal.drop(connection);
    if (this.state.name === 'closed' || this.closing !== undefined) return;
    if (wasCandidate && this.current !== undefined) return this.onReplacementFailed(closed);
    // Whoever took over from the old connection was this client's own candidate.
    const ownTakeOver = closed.code === CloseCode.takenOver && this.candidate !== undefined;
    const stops = closed.credentialsRefused || reactionTo(closed.code) === 'stop';
    if (stops && !ownTakeOver) return this.finish(closed);
    if (this.candidate?.live) this.promote(this.candidate);
    else if (this.candidate !== undefined) this.setState({ name: 'connecting', attempt: this.policy.attempt });
    else this.onAttemptEnded(connection, closed);
  }

  private dial(): void {
    this.timers.clearTimeout(this.dialTimer);
    if (this.current === undefined) this.setState({ name: 'connecting', attempt: this.policy.attempt });
    this.candidate = new Connection(++this.serials, this.setup, this);
  }

  private promote(connection: Connection): void {
    const old = this.current;
    this.current = connection;
    this.candidate = undefined;
    this.replacementWanted = false;
    this.returnAt = undefined;
    this.suspectDial.interval = SUSPECT_DIAL_INTERVAL_MS;
    this.timers.clearTimeout(this.replacementTimer);
    if (old !== undefined) {
      old.close();
      for (const terminal of [...this.terminals.values()]) terminal.drop(old);
    }
    this.setState({ name: 'online' });
    this.welcomed?.resolve();
  }

  private onStable(connection: Connection): void {
    if (this.settled?.connection !== connection || !connection.live) return;
    this.settled.stable = true;
    this.renewed = false;
    this.policy.succeeded();
  }

  private onAttemptEnded(connection: Connection, closed: Closed): void {
    const settled = this.settled?.connection === connection ? this.settled : undefined;
    this.timers.clearTimeout(settled?.timer);
    this.settled = undefined;
    const stable = settled?.stable ?? false;
    const reaction = reactionTo(closed.code);
    if (reaction === 'renew') {
      if (this.renewed) return this.finish(closed);
      this.renewed = true;
    }
    const hintMs = closed.retryAfterMs ?? (reaction === 'renew' ? 0 : this.untilReturn());
    this.imposed = reaction === 'wait' && hintMs !== undefined;
    this.schedule(this.policy.ended({ kind: kindOf(closed, settled !== undefined), hintMs }, stable));
  }

  private untilReturn(): number | undefined {
    return this.returnAt === undefined ? undefined : Math.max(0, this.returnAt - this.timers.now());
  }

  private schedule(plan: Plan): void {
    this.returnAt = undefined;
    this.timers.clearTimeout(this.replacementTimer);
    const retryAt = this.timers.now() + plan.delayMs;
    this.timers.clearTimeout(this.dialTimer);
    this.dialTimer = this.timers.setTimeout(() => this.dial(), plan.delayMs);
    if (plan.kind === 'probe') this.setState({ name: 'broken', retryAt });
    else this.setState({ name: 'waiting', attempt: plan.attempt, retryAt });
  }

  private onGoAway(connection: Connection, reconnectAfterMs: number): void {
    const delay = Math.min(Math.max(0, Number(reconnectAfterMs) || 0), MAX_HINT_MS);
    if (connection === this.current) this.returnAt = this.timers.now() + delay;
    this.replaceAfter(connection, delay);
  }

  private async onExpiring(connection: Connection): Promise<void> {
    const { credentials } = this.setup;
    // A ticket cannot renew a socket, but it can open the next one.
    if ('ticket' in credentials) return this.replaceAfter(connection, this.timers.random() * FIRST_TRY_MS);
    try {
      connection.send('auth.renew', { token: await credentials.token() });
    } catch (error) {
      this.reportError({ code: 'credentials_failed', message: error instanceof Error ? error.message : String(error) });
    }
  }

  /** Make before break: dials a successor of `connection` while it still serves. */
  private replaceAfter(connection: Connection, delayMs: number): void {
    this.timers.clearTimeout(this.replacementTimer);
    this.replacementTimer = this.timers.setTimeout(() => {
      if (connection === this.candidate || (connection === this.current && this.candidate !== undefined)) {
        this.replacementWanted ||= connection === this.current;
        this.replaceAfter(connection, REPLACEMENT_BUSY_MS);
      } else if (connection === this.current) {
        this.replacementWanted = true;
        this.dial();
      }
    }, delayMs);
  }

  private onReplacementFailed(closed: Closed): void {
    if (this.replacementWanted) {
      const plan = this.policy.ended({ kind: 'failure', hintMs: closed.retryAfterMs }, false);
      this.replaceAfter(this.current as Connection, plan.delayMs);
    } else {
      // The first connection is not known to be dead, so this is no failure; but the link gets less and less of them.
      this.suspectDial.interval *= 2;
    }
  }

  private async leave(): Promise<void> {
    if (this.state.name === 'closed') return;
    this.timers.clearTimeout(this.dialTimer);
    this.timers.clearTimeout(this.replacementTimer);
    await Promise.all([...this.terminals.values()].map((terminal) => terminal.detach()));
    this.finish({ code: CloseCode.normal, reason: 'closed by the application' });
  }

  /** The last state: nothing is dialled again. */
  private finish(closed: Closed): void {
    if (this.state.name === 'closed') return;
    const { candidate, current } = this;
    this.candidate = this.current = undefined;
    const state = { name: 'closed', code: closed.code, reason: closed.reason } as const;
    for (const timer of [this.dialTimer, this.replacementTimer, this.settled?.timer]) this.timers.clearTimeout(timer);
    this.wakeUp.dispose();
    candidate?.close();
    current?.close();
    this.setState(state);
    const error = closedError(state, closed.errorCode);
    for (const terminal of [...this.terminals.values()]) terminal.shutdown(error.code, error.message);
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

function kindOf(closed: Closed, settled: boolean): Ending['kind'] {
  switch (closed.code) {
    case CloseCode.goingAway:
    case CloseCode.restarting:
    case CloseCode.credentialExpired:
      return 'departure';
    case CloseCode.overloaded:
    case CloseCode.quota:
    case CloseCode.circuitOpen:
      return 'failure';
    default:
      return settled ? 'interruption' : 'failure';
  }
}

/** The name of a close code in the form of the other stable codes, for example `credential_expired`. */
function nameOf(code: number): string {
  const name = Object.entries(CloseCode).find(([, value]) => value === code)?.[0] ?? 'closed';
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function closedError(state: { readonly code: number; readonly reason: string }, code?: string): HoldfastError {
  return new HoldfastError(code ?? nameOf(state.code), state.reason || `The server closed with ${state.code}.`);
}
