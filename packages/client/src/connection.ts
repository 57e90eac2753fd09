import {
  BEARER_SUBPROTOCOL_PREFIX,
  decodeFrame,
  parseCloseHint,
  reactionTo,
  SUBPROTOCOL_V1,
  type ClientEventName,
  type ClientEvents,
  type Frame,
  type ServerEvents,
  type ServerMessage,
} from '@holdfast/protocol';
import { LinkClock } from './link-clock';
import { DIAL_TIMEOUT_MS } from './limits';
import { parseServerMessage } from './server-message';
import type { Credentials, Timers, WebSocketFactory, WebSocketLike } from './types';

/** Local codes, never on the wire. */
export const CUT = 1006;

export interface Closed {
  readonly code: number;
  readonly reason: string;
  /** The server's stable error code, where it named one. */
  readonly errorCode?: string;
  readonly retryAfterMs?: number;
  /** The application's own credentials function said that there will be no credential. */
  readonly credentialsRefused?: boolean;
}

/** What one socket tells its client. */
export interface ConnectionHandlers {
  onWelcome(connection: Connection): void;
  onEvent(connection: Connection, message: ServerMessage): void;
  onFrame(connection: Connection, frame: Frame): void;
  onLatency(milliseconds: number): void;
  onSuspect(connection: Connection): void;
  /** Once, also when the connection was given up from here. */
  onClosed(connection: Connection, closed: Closed): void;
  onMalformed(message: string): void;
  /** Whether input that went over this connection is unacknowledged. */
  awaitsAcknowledgement(connection: Connection): boolean;
}

export interface ConnectionSetup {
  readonly url: string;
  readonly credentials: Credentials;
  readonly createWebSocket: WebSocketFactory;
  /** Whether the factory can send headers; a browser's WebSocket cannot. */
  readonly sendsHeaders: boolean;
  readonly timers: Timers;
}

type Phase = 'dialing' | 'live' | 'closed';

/** One socket from dialling to its end. It is used once; what outlives it is in the terminals. */
export class Connection {
  welcome: ServerEvents['welcome'] | undefined;
  private phase: Phase = 'dialing';
  private socket: WebSocketLike | undefined;
  private readonly dialTimer: unknown;
  private readonly clock: LinkClock;
  /** A hint from an `error` event, for a close that brings none. */
  private lastHintMs: number | undefined;

  constructor(
    /** Later connections have higher numbers. */
    readonly serial: number,
    private readonly setup: ConnectionSetup,
    private readonly handlers: ConnectionHandlers,
  ) {
    this.dialTimer = setup.timers.setTimeout(() => this.abandon('no welcome in time'), DIAL_TIMEOUT_MS);
    this.clock = new LinkClock(setup.timers, {
      ping: (t) => this.send('ping', { t }),
      latency: (ms) => handlers.onLatency(ms),
      suspect: () => handlers.onSuspect(this),
      dead: () => this.abandon('silent'),
      awaitsAcknowledgement: () => handlers.awaitsAcknowledgement(this),
    });
    // Later, so that the owner knows this connection before its handlers are called.
    queueMicrotask(() => void this.dial());
  }

  get live(): boolean {
    return this.phase === 'live';
  }

  get bufferedAmount(): number {
    return this.socket?.bufferedAmount ?? 0;
  }

  send<E extends ClientEventName>(event: E, data: ClientEvents[E]): void {
    if (this.phase === 'live') this.socket?.send(JSON.stringify({ event, data }));
  }

  sendFrame(frame: Uint8Array<ArrayBuffer>): void {
    if (this.phase === 'live') this.socket?.send(frame);
  }

  /** Input went out: an answer is expected. */
  expectAcknowledgement(): void {
    this.clock.inputSent();
  }

  /** Asks whether the link is alive, without waiting for the next ping. */
  probe(): void {
    if (this.phase === 'live') this.clock.probe();
  }

  /** Leaves in good order; `onClosed` is not called. */
  close(): void {
    if (this.phase === 'closed') return;
    this.end();
    this.socket?.close(1000);
  }

  /** Gives the socket up without waiting for an answer that may never come. */
  abandon(reason: string): void {
    this.finish({ code: CUT, reason });
    this.socket?.close();
  }

  private async dial(): Promise<void> {
    const { setup } = this;
    let ticket: string | undefined;
    let token: string | undefined;
    try {
      if ('ticket' in setup.credentials) ticket = await setup.credentials.ticket();
      else token = await setup.credentials.token();
    } catch (error) {
      const refused = (error as { retryable?: unknown } | null)?.retryable === false;
      this.finish({ code: CUT, reason: describe(error), errorCode: 'credentials_failed', credentialsRefused: refused });
      return;
    }
    if (this.phase === 'closed') return;
    try {
      this.attach(this.createSocket(ticket, token));
    } catch (error) {
      this.finish({ code: CUT, reason: describe(error) });
    }
  }

  private createSocket(ticket: string | undefined, token: string | undefined): WebSocketLike {
    const { url, createWebSocket, sendsHeaders } = this.setup;
    if (ticket !== undefined) {
      const separator = url.includes('?') ? '&' : '?';
      return createWebSocket(`${url}${separator}ticket=${encodeURIComponent(ticket)}`, [SUBPROTOCOL_V1], {});
    }
    return sendsHeaders
      ? createWebSocket(url, [SUBPROTOCOL_V1], { Authorization: `Bearer ${token}` })
      : createWebSocket(url, [SUBPROTOCOL_V1, `${BEARER_SUBPROTOCOL_PREFIX}${token}`], {});
  }

  private attach(socket: WebSocketLike): void {
    this.socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('message', (event) => this.receive(event.data));
    // The close event that follows has what can be known.
    socket.addEventListener('error', () => undefined);
    socket.addEventListener('close', ({ code, reason }) => {
      const refusal = socket.refusal;
      const hint = parseCloseHint(reason);
      const closeCode = refusal === undefined ? code : closeCodeOf(refusal.status);
      // What an event said about an error says nothing about a cut that comes hours later.
      const announcedMs = reactionTo(closeCode) === 'wait' ? this.lastHintMs : undefined;
      this.finish({
        code: closeCode,
        reason: refusal?.message ?? reason,
        errorCode: refusal?.code ?? hint.code,
        retryAfterMs: refusal?.retryAfterMs ?? milliseconds(hint.retryAfterMs) ?? announcedMs,
      });
    });
  }

  private receive(data: unknown): void {
    if (this.phase === 'closed') return;
    this.clock.received();
    if (typeof data === 'string') this.receiveText(data);
    else if (this.phase === 'live') this.receiveBinary(data);
  }

  private receiveText(text: string): void {
    const message = parseServerMessage(text);
    if (message === undefined) return this.handlers.onMalformed('The server sent a text frame that is not an event.');
    if (message.event === 'welcome' && this.phase === 'dialing') {
      this.phase = 'live';
      this.welcome = message.data;
      this.setup.timers.clearTimeout(this.dialTimer);
      this.clock.start();
      this.handlers.onWelcome(this);
      return;
    }
    if (message.event === 'pong') this.clock.ponged(message.data.t);
    if (message.event === 'error' && message.data.channel === undefined) {
      this.lastHintMs = milliseconds(message.data.retryAfterMs) ?? this.lastHintMs;
    }
    this.handlers.onEvent(this, message);
  }

  private receiveBinary(data: unknown): void {
    // Not instanceof: the buffer may come from another realm (an iframe, a test's sandbox).
    const bytes = ArrayBuffer.isView(data)
      ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
      : new Uint8Array(data as ArrayBuffer);
    const frame = decodeFrame(bytes);
    if (frame === undefined) this.handlers.onMalformed('The server sent a binary frame without a valid header.');
    else this.handlers.onFrame(this, frame);
  }

  private finish(closed: Closed): void {
    if (this.phase === 'closed') return;
    this.end();
    this.handlers.onClosed(this, closed);
  }

  private end(): void {
    this.phase = 'closed';
    this.setup.timers.clearTimeout(this.dialTimer);
    this.clock.dispose();
  }
}

/** A refused upgrade reads like the close code that means the same. */
function closeCodeOf(status: number): number {
  switch (status) {
    case 401:
      return 4001;
    case 403:
    case 421:
      return 4003;
    case 404:
      return 4004;
    case 400:
      return 4000;
    case 426:
      return 4026;
    case 429:
      return 4029;
    case 503:
      return 1013;
    default:
      return CUT;
  }
}

function milliseconds(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
