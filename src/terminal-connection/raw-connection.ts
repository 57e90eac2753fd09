import type { WebSocket } from 'ws';
import { CloseCode, ErrorCode } from '@holdfast/protocol';
import type { Principal } from '../auth/principal';
import { type DomainError } from '../kernel/domain-error';
import { type Ids } from '../kernel/ids';
import type { HostAttachment } from '../pty-client/host-attachment';
import type { Attached, AttachmentEvents } from '../pty-host/wire/host-messages';
import type { ScreenSnapshot } from '../screen-mirror/screen-snapshot';
import type { OpenedSession } from '../sessions/session-opener';
import { parseCompanyMessage } from '../sharing/company-message';
import { attachmentName } from './attachment-name';
import type { ConnectionContext } from './connection-context';
import { CredentialTimer } from './credential-timer';
import { shareEnded } from './dismissals';
import type { LiveConnection } from './live-connection';
import { openingScreen } from './opening-screen';
import { asDomainError } from './refusals';
import type { Holding } from './seat';
import { SocketIntake } from './socket-intake';
import { SocketLife } from './socket-life';
import { WebSocketOutput } from './websocket-output';

/** There are no acknowledgements in plain bytes: less than this waiting in the socket counts as read. */
const DRAINED_BYTES = 64 * 1024;
/** Input that arrives while the session is opened. */
const MAX_EARLY_INPUT_BYTES = 256 * 1024;

/** RIS: a plain client does not know that a snapshot follows, and its terminal may show something older. */
const FULL_RESET = Buffer.from('\x1bc');

export interface RawRequest {
  readonly projectId: string;
  readonly sessionId: string | undefined;
  readonly cols: number;
  readonly rows: number;
}

export interface RawOptions {
  readonly context: Omit<ConnectionContext, 'principal'>;
  readonly principal: Principal;
  readonly request: RawRequest;
  readonly ids: Ids;
}

/** One `holdfast.raw.v1` socket: one terminal, its bytes and nothing else. For xterm.js AttachAddon and command lines. */
export class RawConnection implements LiveConnection {
  private readonly life: SocketLife;
  private readonly intake: SocketIntake;
  private readonly out: WebSocketOutput;
  private readonly credential: CredentialTimer;
  private readonly context: ConnectionContext;
  private readonly writerId: string;
  private attachment: HostAttachment | undefined;
  private session: OpenedSession | undefined;
  private ready = false;
  private over = false;
  private inputEnd = 0;
  private outputEnd = 0;
  private early: Buffer[] = [];
  private earlyBytes = 0;
  private draining = false;
  private expiry: NodeJS.Timeout | undefined;

  constructor(
    private readonly webSocket: WebSocket,
    private readonly options: RawOptions,
  ) {
    this.context = { ...options.context, principal: () => options.principal };
    this.writerId = options.ids.uuid();
    this.life = new SocketLife(webSocket);
    this.intake = new SocketIntake(webSocket, {
      ...options.context.allowance,
      now: () => performance.now(),
      onFlood: (retryAfterMs) => this.close(CloseCode.quota, { code: ErrorCode.rateLimited, retryAfterMs }),
    });
    this.out = new WebSocketOutput(webSocket);
    this.credential = new CredentialTimer(
      Date.now,
      () => undefined,
      () => this.close(CloseCode.credentialExpired, { code: 'credential_expired' }),
    );
    this.credential.arm(options.principal);
    webSocket.on('message', (data: Buffer) => {
      this.life.note();
      if (this.intake.accepts(data.length, false)) this.onInput(data);
    });
    webSocket.once('close', () => this.end());
    void this.open();
  }

  get principal(): Principal {
    return this.options.principal;
  }

  get projectIds(): Iterable<string> {
    return [this.options.request.projectId];
  }

  get holdings(): Iterable<Holding> {
    return this.session && !this.over ? [this.session] : [];
  }

  dismiss(isMeant: (holding: Holding) => boolean, { code }: DomainError): void {
    if (this.session && isMeant(this.session)) this.close(CloseCode.forbidden, { code });
  }

  /** Plain bytes have no room for events. */
  tell(): void {
    return;
  }

  takeLife(): boolean {
    return this.life.take();
  }

  ping(): void {
    this.life.ping();
  }

  /** Plain bytes have no room for it; the close that follows says the same. */
  goAway(): void {
    return;
  }

  close(code: number, hint: object): void {
    this.intake.end();
    this.life.close(code, hint);
  }

  destroy(): void {
    this.life.destroy();
  }

  private async open(): Promise<void> {
    try {
      const { sessions, profile } = this.context;
      const { principal } = this.options;
      this.session = await sessions.open(principal, {
        ...this.options.request,
        gateway: profile.gateway,
        role: 'writer',
        profileFor: (projectRole) => {
          const { projectId } = this.options.request;
          return profile.profileFor(principal, { projectId, projectRole });
        },
        launch: (session) => profile.launch(principal, session),
      });
      this.context.trail.opened(this.session);
      const { created, host, rights } = this.session;
      const { guest, role } = rights;
      const isFresh = created && host.epochNumber === 1;
      if (this.over) return;
      this.context.trail.attached(this.session, role === 'viewer' ? 'viewer' : 'writer');
      this.attach(this.session, isFresh ? { epoch: host.epoch, offset: 0 } : {});
      // What was taken back in between ends it, too.
      if (guest && !(await sessions.isStillGuest(principal, guest))) this.dismiss(() => true, shareEnded());
    } catch (error) {
      this.fail(error);
    }
  }

  private attach(session: OpenedSession, from: { epoch?: string; offset?: number }): void {
    const { windowBytes, replayBytes } = this.context.limits;
    const { principal } = this.options;
    const role = session.rights.role === 'viewer' ? 'viewer' : 'writer';
    const name = attachmentName(this.writerId, principal, session.rights);
    const { guest } = session.rights;
    if (guest) this.expiry = setTimeout(() => this.dismiss(() => true, shareEnded()), guest.expiresAtMs - Date.now());
    this.attachment = this.context.host.attach(
      { sessionId: session.key, writerId: this.writerId, role, windowBytes, replayBytes, ...from, name },
      {
        onAttached: (attached) => this.onAttached(session, attached),
        onRefused: (error) => this.fail(error),
        onOutput: (frame, offset, length) => this.onOutput(frame, offset + length),
        onInputAcknowledged: () => undefined,
        onEvent: (event, data) => {
          if (event === 'relayed') this.onRelayed(data as AttachmentEvents['relayed']);
          if (event === 'exited') this.close(CloseCode.normal, {});
          if (event === 'lagging') void this.show(() => this.context.mirrors.snapshot(session.key));
        },
        // A plain client cannot say where it was: it starts again with a snapshot.
        onLost: () => this.close(CloseCode.restarting, { code: 'restarting', retryAfterMs: 0 }),
      },
    );
  }

  private onRelayed({ message }: AttachmentEvents['relayed']): void {
    const said = parseCompanyMessage(message);
    if (said?.kind === 'kicked' && said.userId === this.principal.userId) {
      this.close(CloseCode.removed, { code: ErrorCode.kicked });
    }
  }

  private onAttached(session: OpenedSession, attached: Attached): void {
    this.inputEnd = attached.inputOffset;
    this.ready = true;
    if (!attached.started) void this.begin(session, attached);
    for (const bytes of this.early.splice(0)) this.onInput(bytes);
  }

  private begin(session: OpenedSession, attached: Attached): Promise<void> {
    const { host, mirrors, limits } = this.context;
    const sources = { host, mirrors, replayBytes: limits.replayBytes };
    return this.show(async () => (await openingScreen(sources, session, {}, attached.session)).snapshot);
  }

  private async show(draw: () => Promise<ScreenSnapshot>): Promise<void> {
    try {
      const snapshot = await draw();
      if (this.over) return;
      this.outputEnd = snapshot.offset;
      this.webSocket.send(Buffer.concat([FULL_RESET, snapshot.bytes]));
      this.attachment?.start(snapshot.offset);
    } catch (error) {
      this.fail(error);
    }
  }

  private onInput(data: Buffer): void {
    if (this.ready && this.attachment) {
      this.context.stats.inputBytes += data.length;
      this.attachment.input(this.inputEnd, data);
      this.inputEnd += data.length;
      return;
    }
    this.earlyBytes += data.length;
    if (this.earlyBytes > MAX_EARLY_INPUT_BYTES)
      return this.close(CloseCode.messageTooBig, { code: ErrorCode.inputOverflow });
    this.early.push(Buffer.from(data));
  }

  private onOutput(frame: Buffer, end: number): void {
    this.outputEnd = end;
    this.context.stats.outputBytes += frame.length;
    this.out.sendPayload(frame);
    this.acknowledgeWhenRead();
  }

  private acknowledgeWhenRead(): void {
    if (this.over) return;
    if (this.webSocket.bufferedAmount < DRAINED_BYTES) return this.attachment?.acknowledge(this.outputEnd);
    if (this.draining) return;
    this.draining = true;
    this.out.onceDrained(() => {
      this.draining = false;
      this.acknowledgeWhenRead();
    });
  }

  private fail(error: unknown): void {
    const refusal = asDomainError(error);
    if (refusal.code === ErrorCode.internal) this.context.log.error(error);
    this.close(closeCodeFor(refusal), { code: refusal.code, retryAfterMs: refusal.options.retryAfterMs });
  }

  private end(): void {
    if (this.session && !this.over) this.context.trail.detached(this.session);
    this.over = true;
    this.credential.clear();
    clearTimeout(this.expiry);
    this.attachment?.detach();
  }
}

function closeCodeFor(error: DomainError): number {
  switch (error.code) {
    case ErrorCode.badSessionId:
    case ErrorCode.badRequest:
      return CloseCode.badRequest;
    case ErrorCode.forbidden:
      return CloseCode.forbidden;
    case ErrorCode.sessionNotFound:
    case ErrorCode.projectNotFound:
    case ErrorCode.profileNotFound:
      return CloseCode.notFound;
    case ErrorCode.sessionEnded:
      return CloseCode.sessionEnded;
    case ErrorCode.sessionLimit:
    case ErrorCode.rateLimited:
    case ErrorCode.workspaceFull:
      return CloseCode.quota;
    case ErrorCode.hostUnavailable:
      return CloseCode.hostUnreachable;
    case ErrorCode.circuitOpen:
      return CloseCode.circuitOpen;
    case ErrorCode.databaseUnavailable:
    case ErrorCode.unavailable:
      return CloseCode.overloaded;
    default:
      return CloseCode.internalError;
  }
}
