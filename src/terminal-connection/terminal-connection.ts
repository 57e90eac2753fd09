import type { WebSocket } from 'ws';
import {
  CloseCode,
  ErrorCode,
  FrameType,
  MAX_CHANNELS,
  MAX_INPUT_FRAME_BYTES,
  decodeFrame,
  parseClientMessage,
  type ClientMessage,
  type OpenRequest,
} from '@holdfast/protocol';
import type { AccessTokens } from '../auth/access-tokens';
import type { Principal } from '../auth/principal';
import { DomainError } from '../kernel/domain-error';
import { BadFrameMeter } from './bad-frame-meter';
import { Channel } from './channel';
import type { ChannelWire } from './channel-wire';
import type { ConnectionContext } from './connection-context';
import { CredentialTimer } from './credential-timer';
import type { LiveConnection } from './live-connection';
import type { Holding } from './seat';
import { asDomainError } from './refusals';
import { SocketIntake } from './socket-intake';
import { SocketLife } from './socket-life';
import { WebSocketOutput } from './websocket-output';

export interface ConnectionOptions {
  readonly context: Omit<ConnectionContext, 'principal'>;
  readonly principal: Principal;
  readonly tokens: AccessTokens;
  readonly server: { readonly version: string; readonly node: string; readonly heartbeatMs: number };
}

/** One `holdfast.v1` socket: many channels, one credential, frames in order. Everything ends with it but the terminals. */
export class TerminalConnection implements LiveConnection, ChannelWire {
  private readonly channels = new Map<number, Channel>();
  private readonly life: SocketLife;
  private readonly intake: SocketIntake;
  private readonly out: WebSocketOutput;
  private readonly badFrames = new BadFrameMeter(() => performance.now());
  private readonly oversteps = new BadFrameMeter(() => performance.now());
  private readonly credential: CredentialTimer;
  private readonly context: ConnectionContext;
  private current: Principal;

  constructor(
    private readonly webSocket: WebSocket,
    private readonly options: ConnectionOptions,
  ) {
    this.current = options.principal;
    this.context = { ...options.context, principal: () => this.current };
    this.life = new SocketLife(webSocket);
    this.intake = new SocketIntake(webSocket, {
      ...options.context.allowance,
      now: () => performance.now(),
      onFlood: (retryAfterMs) => this.flooded(retryAfterMs),
    });
    this.out = new WebSocketOutput(webSocket);
    this.credential = new CredentialTimer(
      Date.now,
      (expiresInMs) => this.event('auth.expiring', { expiresInMs }),
      () => this.close(CloseCode.credentialExpired, { code: 'credential_expired' }),
    );
    this.credential.arm(this.current);
    webSocket.on('message', (data: Buffer, isBinary: boolean) => {
      this.life.note();
      if (this.intake.accepts(data.length, !isBinary)) this.receive(data, isBinary);
    });
    webSocket.once('close', () => this.end());
    this.welcome();
  }

  get principal(): Principal {
    return this.current;
  }

  get projectIds(): Iterable<string> {
    return [...this.channels.values()].map((channel) => channel.projectId);
  }

  get holdings(): Iterable<Holding> {
    return [...this.channels.values()].flatMap(({ holding }) => holding ?? []);
  }

  dismiss(isMeant: (holding: Holding) => boolean, error: DomainError): void {
    for (const channel of [...this.channels.values()]) {
      if (channel.holding && isMeant(channel.holding)) channel.dismiss(error);
    }
  }

  tell(event: string, data: object): void {
    this.event(event, data);
  }

  takeLife(): boolean {
    return this.life.take();
  }

  ping(): void {
    this.life.ping();
  }

  goAway(reason: string, reconnectAfterMs: number): void {
    this.event('goaway', { reason, reconnectAfterMs });
  }

  close(code: number, hint: object): void {
    this.intake.end();
    this.life.close(code, hint);
  }

  destroy(): void {
    this.life.destroy();
  }

  // --- ChannelWire ---------------------------------------------------------------------------------------------------

  event(event: string, data: object, id?: string): void {
    if (this.webSocket.readyState === this.webSocket.OPEN) this.webSocket.send(JSON.stringify({ event, data, id }));
  }

  error(error: DomainError, channel: number | undefined, id?: string): void {
    const { code, message, retryable } = error;
    const { retryAfterMs, details } = error.options;
    this.event('error', { channel, code, message, retryable, retryAfterMs, details }, id);
    // Nothing else is on this socket, and for that long there is nothing to say on it.
    if (this.channels.size > 0) return;
    if (code === ErrorCode.circuitOpen) this.close(CloseCode.circuitOpen, { code, retryAfterMs });
    if (code === ErrorCode.kicked) this.close(CloseCode.removed, { code });
  }

  binary(frame: Uint8Array): void {
    if (this.webSocket.readyState === this.webSocket.OPEN) this.webSocket.send(frame);
  }

  output(frame: Buffer, channel: number): void {
    this.out.sendFrame(frame, channel);
  }

  release(channel: number): void {
    if (this.channels.delete(channel)) this.context.stats.channels--;
  }

  overstepped(): void {
    if (this.oversteps.note()) this.close(CloseCode.forbidden, { code: ErrorCode.readOnly });
  }

  reconnect(): void {
    this.close(CloseCode.restarting, { code: 'restarting', retryAfterMs: 0 });
  }

  hostAway(): void {
    this.close(CloseCode.hostUnreachable, { code: ErrorCode.hostUnavailable });
  }

  // --- frames --------------------------------------------------------------------------------------------------------

  /** What nobody foresaw about one frame ends its socket, and not the sockets of everybody else. */
  private receive(data: Buffer, isBinary: boolean): void {
    try {
      if (isBinary) this.onBinary(data);
      else this.onText(data.toString());
    } catch (error) {
      this.context.log.error(error);
      this.close(CloseCode.internalError, { code: ErrorCode.internal });
    }
  }

  private flooded(retryAfterMs: number): void {
    const message = 'Too many events; connect again after the given time and send fewer.';
    this.error(new DomainError(ErrorCode.rateLimited, message, { retryable: true, retryAfterMs }), undefined);
    this.close(CloseCode.quota, { code: ErrorCode.rateLimited, retryAfterMs });
  }

  private onBinary(data: Buffer): void {
    const frame = decodeFrame(data);
    if (!frame) return this.bad('A binary frame has a header of 13 bytes: type, channel, offset.');
    const channel = this.channels.get(frame.channel);
    if (!channel) return this.unknownChannel(frame.channel);
    switch (frame.type) {
      case FrameType.data:
        channel.input(frame.offset, frame.payload);
        return this.holdBack();
      case FrameType.ack:
        return channel.acknowledge(frame.offset);
      default:
        return this.bad(`A client sends binary frames of type 1 or 2, not ${frame.type}.`, frame.channel);
    }
  }

  private onText(text: string): void {
    const parsed = parseClientMessage(text);
    if (!parsed.ok) return this.bad(parsed.reason, parsed.channel, parsed.id);
    const { message } = parsed;
    switch (message.event) {
      case 'open':
        return this.open(message.data, message.id);
      case 'auth.renew':
        return this.renew(message.data.token, message.id);
      case 'ping':
        return this.event('pong', { t: message.data.t }, message.id);
      default:
        return this.onChannelMessage(message);
    }
  }

  private onChannelMessage(message: Exclude<ClientMessage, { event: 'open' | 'auth.renew' | 'ping' }>): void {
    const channel = this.channels.get(message.data.channel);
    if (!channel) return this.unknownChannel(message.data.channel, message.id);
    switch (message.event) {
      case 'resize':
        return channel.resize(message.data.cols, message.data.rows, message.id);
      case 'visibility':
        return channel.setVisible(message.data.visible);
      case 'signal':
        return channel.signal(message.data.signal);
      case 'terminate':
        return channel.terminate(message.data.signal, message.id);
      case 'detach':
        channel.detach();
        this.release(channel.number);
        return this.event('detached', { channel: channel.number }, message.id);
      case 'claude.permission.answer':
      case 'claude.continue':
      case 'claude.dismiss':
        return channel.onExtra(message);
      default:
        return channel.onPeople(message);
    }
  }

  private open(request: OpenRequest, id: string | undefined): void {
    this.forgetOver(request.channel);
    if (this.channels.has(request.channel)) {
      return this.error(
        new DomainError(
          ErrorCode.channelInUse,
          `Channel ${request.channel} is in use on this socket; choose another number.`,
        ),
        request.channel,
        id,
      );
    }
    if (this.channels.size >= MAX_CHANNELS) {
      return this.error(
        new DomainError(
          ErrorCode.tooManyChannels,
          `A socket carries at most ${MAX_CHANNELS} terminals; detach one or open another socket.`,
          { details: { limit: 'maxChannels', value: MAX_CHANNELS, current: this.channels.size } },
        ),
        request.channel,
        id,
      );
    }
    const channel = new Channel(request, this.context, this);
    this.channels.set(request.channel, channel);
    this.context.stats.channels++;
    void channel.open(id);
  }

  /** A terminal that exited keeps its channel for a late frame or `detach`, until the number or the place is wanted. */
  private forgetOver(wanted: number): void {
    for (const [number, channel] of this.channels) {
      if (channel.isOver && (number === wanted || this.channels.size >= MAX_CHANNELS)) this.release(number);
    }
  }

  private renew(token: string, id: string | undefined): void {
    let renewed: Principal;
    try {
      renewed = this.options.tokens.verify(token);
    } catch (error) {
      this.error(asDomainError(error), undefined, id);
      return this.close(CloseCode.credentialExpired, { code: ErrorCode.unauthenticated });
    }
    if (renewed.userId !== this.current.userId || renewed.loginId !== this.current.loginId) {
      this.error(
        new DomainError(ErrorCode.forbidden, 'A socket is renewed with a token of the same user and login.'),
        undefined,
        id,
      );
      return this.close(CloseCode.credentialExpired, { code: ErrorCode.forbidden });
    }
    this.current = renewed;
    this.credential.arm(renewed);
    this.event('auth.renewed', { expiresInMs: renewed.expiresAtMs - Date.now() }, id);
  }

  private bad(reason: string, channel?: number, id?: string): void {
    this.context.stats.badFrames++;
    this.error(new DomainError(ErrorCode.badFrame, reason), channel, id);
    if (this.badFrames.note()) this.close(CloseCode.badRequest, { code: ErrorCode.badFrame });
  }

  private unknownChannel(channel: number, id?: string): void {
    this.error(new DomainError(ErrorCode.noSuchChannel, `Channel ${channel} is not open on this socket.`), channel, id);
  }

  /** The host is slow to take input: the kernel's buffers hold the rest back. */
  private holdBack(): void {
    const { host } = this.context;
    if (host.congested) this.intake.hold('host', (release) => host.whenUncongested(release));
  }

  private welcome(): void {
    const { version, node, heartbeatMs } = this.options.server;
    const { userId, email } = this.current;
    this.event('welcome', {
      protocol: 1,
      server: `holdfast/${version}`,
      node,
      user: { id: userId, email },
      heartbeatMs,
      limits: {
        maxFrameBytes: MAX_INPUT_FRAME_BYTES,
        windowBytes: this.context.limits.windowBytes,
        maxChannels: MAX_CHANNELS,
      },
    });
  }

  private end(): void {
    this.credential.clear();
    for (const channel of this.channels.values()) {
      channel.detach();
      this.release(channel.number);
    }
  }
}
