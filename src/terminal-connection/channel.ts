import { ErrorCode, FrameType, encodeFrame, type OpenRequest, type Role, type SignalName } from '@holdfast/protocol';
import { DomainError } from '../kernel/domain-error';
import type { HostAttachment, AttachmentListener } from '../pty-client/host-attachment';
import type { Attached, AttachmentEvents } from '../pty-host/wire/host-messages';
import type { ScreenSnapshot } from '../screen-mirror/screen-snapshot';
import type { OpenedSession } from '../sessions/session-opener';
import { ChannelCompany, type PeopleMessage } from './channel-company';
import type { ChannelWire } from './channel-wire';
import { shareEnded } from './dismissals';
import type { ConnectionContext } from './connection-context';
import { EarlyInput } from './early-input';
import { openedEvent, type Resumption } from './opened';
import { openingScreen } from './opening-screen';
import type { ChannelExtra, ExtraMessage } from './profile';
import { INPUT_REFUSALS, asDomainError, type InputRefusal } from './refusals';
import type { Holding, Seat } from './seat';

/** In a storm of resizes the later ones are answered without their id. */
const MAX_UNANSWERED_RESIZES = 64;

/**
 * One attachment on one socket. It opens, decides how the client resumes, passes bytes on, and attaches again by itself when the
 * PTY host restarts underneath: the client notices only when input of it was on the way.
 */
export class Channel implements Seat {
  private attachment: HostAttachment | undefined;
  private session: OpenedSession | undefined;
  private over = false;
  private opened = false;
  /** The host answered the current attachment: input may be passed on. */
  private ready = false;
  private visible = true;
  private company: ChannelCompany | undefined;
  private extra: ChannelExtra | undefined;
  private currentRole: Role = 'viewer';
  /** What this client wants; the host is told again after a restart. */
  private size: { readonly cols: number; readonly rows: number };
  /** The next output byte for the client. */
  private outputEnd = 0;
  /** One past the last input byte that was passed on. */
  private inputEnd = 0;
  /** Of `resize` events that `resized` has not answered yet. */
  private readonly resizeIds: string[] = [];
  private terminateId: string | undefined;
  private readonly early = new EarlyInput();
  private exited = false;

  constructor(
    private readonly request: OpenRequest,
    private readonly context: ConnectionContext,
    private readonly wire: ChannelWire,
  ) {
    this.size = { cols: request.cols, rows: request.rows };
  }

  /** Nothing can happen on it any more: its number may be used again. */
  get isOver(): boolean {
    return this.over || this.exited;
  }

  get projectId(): string {
    return this.request.projectId;
  }

  get number(): number {
    return this.request.channel;
  }

  get role(): Role {
    return this.currentRole;
  }

  get holding(): Holding | undefined {
    if (!this.session || this.isOver) return undefined;
    const { key, projectId, rights } = this.session;
    return { key, projectId, rights };
  }

  async open(id: string | undefined): Promise<void> {
    const startedAt = performance.now();
    try {
      const { context, request } = this;
      const { projectId, sessionId, cols, rows } = request;
      this.session = await context.sessions.open(context.principal(), {
        projectId,
        sessionId,
        cols,
        rows,
        gateway: context.profile.gateway,
        role: request.role ?? 'writer',
        profileFor: (projectRole) =>
          context.profile.profileFor(context.principal(), { projectId, projectRole, profile: request.profile }),
        launch: (session) => context.profile.launch(context.principal(), session),
      });
      context.trail.opened(this.session);
      if (this.over) return;
      this.currentRole = this.session.rights.role === 'viewer' ? 'viewer' : (request.role ?? 'writer');
      this.company = new ChannelCompany(this.number, this.session, context, this.wire, this);
      this.extra = context.profile.extra?.({
        ...context,
        channel: this.number,
        session: this.session,
        seat: this,
        wire: this.wire,
      });
      context.trail.attached(this.session, this.role);
      this.attach(this.session, id, startedAt);
      await this.askAgain(this.session);
    } catch (error) {
      this.fail(error, id);
    }
  }

  private async askAgain({ rights: { guest } }: OpenedSession): Promise<void> {
    const { context } = this;
    if (guest && !(await context.sessions.isStillGuest(context.principal(), guest))) this.dismiss(shareEnded());
  }

  input(offset: number, bytes: Uint8Array): void {
    if (this.exited) return this.refuseInput('session_ended', this.inputEnd);
    if (this.session && this.role === 'viewer') {
      this.refuseInput('read_only', this.inputEnd);
      return this.wire.overstepped();
    }
    if (this.ready && this.attachment) {
      this.inputEnd = Math.max(this.inputEnd, offset + bytes.length);
      this.context.stats.inputBytes += bytes.length;
      return this.attachment.input(offset, bytes);
    }
    if (!this.early.push(offset, bytes)) this.refuseInput('input_overflow', this.inputEnd);
  }

  acknowledge(offset: number): void {
    if (this.opened) this.attachment?.acknowledge(offset);
  }

  resize(cols: number, rows: number, id: string | undefined): void {
    this.size = { cols, rows };
    if (id !== undefined && this.resizeIds.length < MAX_UNANSWERED_RESIZES) this.resizeIds.push(id);
    this.attachment?.resize(cols, rows);
  }

  setVisible(visible: boolean): void {
    this.visible = visible;
    this.attachment?.setVisible(visible);
  }

  signal(signal: SignalName): void {
    if (this.mayWrite()) this.attachment?.signal(signal);
  }

  terminate(signal: SignalName | undefined, id: string | undefined): void {
    if (!this.session || !this.mayWrite()) return;
    if (this.exited)
      return this.wire.error(
        new DomainError(ErrorCode.sessionEnded, 'The process has ended already.'),
        this.number,
        id,
      );
    this.terminateId = id;
    this.context.trail.terminated(this.session, signal);
    this.context.host.request('terminate', { sessionId: this.session.key, signal }).catch((error: unknown) => {
      this.wire.error(asDomainError(error), this.number, id);
    });
  }

  detach(): void {
    if (this.session && !this.over) this.context.trail.detached(this.session);
    this.over = true;
    this.company?.close();
    this.extra?.close();
    this.attachment?.detach();
    this.attachment = undefined;
  }

  /** In place, and in order with the input: what came before is judged by the role it came with. */
  async setRole(role: Role): Promise<void> {
    const { attachment } = this;
    if (!attachment) return;
    // Taken away at once, given once the host knows.
    if (role === 'viewer') this.currentRole = role;
    try {
      this.inputEnd = await attachment.setRole(role);
      if (this.over) return;
      this.currentRole = role;
      this.wire.event('role.changed', { channel: this.number, role, inputOffset: this.inputEnd });
    } catch (error) {
      if (role === 'writer') throw error;
      // Nobody types without the right to: the client resumes with what it has.
      this.giveUp(() => this.wire.reconnect());
    }
  }

  dismiss(error: DomainError): void {
    this.fail(error, undefined);
  }

  /** What one person at the session wants of another. */
  onPeople(message: PeopleMessage): void {
    if (this.company) return this.company.onClient(message);
    const error = new DomainError(ErrorCode.noSuchChannel, 'This terminal is still being opened.');
    this.wire.error(error, this.number, message.id);
  }

  /** What only some gateways have. */
  onExtra(message: ExtraMessage): void {
    if (this.opened && this.extra) return this.extra.onClient(message);
    const code = this.context.profile.extra ? ErrorCode.noSuchChannel : ErrorCode.badRequest;
    const text = this.context.profile.extra ? 'This terminal is still being opened.' : 'This is not a Claude session.';
    this.wire.error(new DomainError(code, text), this.number, message.id);
  }

  private mayWrite(): boolean {
    if (this.role === 'writer') return true;
    this.wire.error(new DomainError(ErrorCode.readOnly, 'You are a viewer of this terminal.'), this.number);
    this.wire.overstepped();
    return false;
  }

  private attach(session: OpenedSession, id: string | undefined, startedAt: number): void {
    const { request } = this;
    // A session made by this call starts at its first byte, unless the screen of a process before it comes first.
    const isFresh = session.created && session.host.epochNumber === 1;
    const known = { epoch: request.epoch, offset: request.epoch === undefined ? undefined : request.offset };
    const from = isFresh ? { epoch: session.host.epoch, offset: 0 } : session.created ? {} : known;
    const opened = (attached: Attached, resumption: Resumption): void => {
      const seconds = (performance.now() - startedAt) / 1000;
      this.context.stats.events.emit('opened', { resume: resumption.resume, seconds });
      this.outputEnd = resumption.offset;
      this.wire.event('opened', openedEvent(this.number, session, this.role, attached, resumption), id);
    };
    this.attachToHost(session, from, {
      onAttached: (attached) => {
        if (!attached.started) return void this.openWithSnapshot(id, session, attached, opened);
        opened(attached, { resume: isFresh ? 'fresh' : 'exact', offset: attached.from });
        this.afterOpened(attached);
      },
      onRefused: (error) => this.fail(error, id),
    });
  }

  private async openWithSnapshot(
    id: string | undefined,
    session: OpenedSession,
    attached: Attached,
    opened: (attached: Attached, resumption: Resumption) => void,
  ): Promise<void> {
    try {
      const { host, mirrors, limits } = this.context;
      const sources = { host, mirrors, replayBytes: limits.replayBytes };
      const { snapshot, resumption } = await openingScreen(sources, session, this.request, attached.session);
      if (this.over || !this.attachment) return;
      opened(attached, resumption);
      this.sendSnapshot(snapshot);
      this.attachment.start(snapshot.offset);
      this.afterOpened(attached);
    } catch (error) {
      this.fail(error, id);
    }
  }

  private afterOpened(attached: Attached): void {
    this.opened = true;
    this.inputEnd = attached.inputOffset;
    this.passOn();
    this.extra?.onOpened();
  }

  /** What the client said meanwhile. */
  private passOn(): void {
    this.ready = true;
    if (!this.visible) this.attachment?.setVisible(false);
    for (const { offset, bytes } of this.early.takeAll()) this.input(offset, bytes);
  }

  /**
   * The host restarted: go on where we were, unless input was on the way. Nothing is passed on before the answer: the first
   * input of a writer settles what its client was told to be ambiguous, and this client was not told.
   */
  private reattach(): void {
    const session = this.session as OpenedSession;
    this.ready = false;
    this.attachToHost(
      session,
      { epoch: session.host.epoch, offset: this.outputEnd },
      {
        onAttached: (attached) => {
          const inputMissing = attached.inputOffset < this.inputEnd || attached.ambiguous !== undefined;
          if (!attached.started || inputMissing) return this.giveUp(() => this.wire.reconnect());
          this.wire.binary(encodeFrame(FrameType.ack, this.number, attached.inputOffset));
          this.passOn();
          void this.company?.refresh();
          this.extra?.onOpened();
        },
        onRefused: (error) =>
          this.giveUp(() => {
            if (error.code === ErrorCode.hostUnavailable) this.wire.hostAway();
            else this.wire.reconnect();
          }),
      },
    );
  }

  private giveUp(close: () => void): void {
    this.detach();
    close();
  }

  private attachToHost(
    session: OpenedSession,
    from: { epoch?: string; offset?: number },
    answer: Pick<AttachmentListener, 'onAttached' | 'onRefused'>,
  ): void {
    const { writerId } = this.request;
    const { cols, rows } = this.size;
    const { windowBytes, replayBytes } = this.context.limits;
    const { role, company } = this;
    this.attachment = this.context.host.attach(
      { sessionId: session.key, writerId, role, cols, rows, windowBytes, replayBytes, ...from, name: company?.name },
      {
        ...answer,
        onOutput: (frame, offset, length) => {
          this.outputEnd = offset + length;
          this.context.stats.outputBytes += length;
          this.wire.output(frame, this.number);
        },
        onInputAcknowledged: (offset) => this.wire.binary(encodeFrame(FrameType.ack, this.number, offset)),
        onEvent: (event, data) => this.onHostEvent(event, data),
        onLost: () => {
          if (this.over) return;
          if (this.opened) this.reattach();
          else this.giveUp(() => this.wire.reconnect());
        },
      },
    );
  }

  private onHostEvent<K extends keyof AttachmentEvents>(event: K, data: AttachmentEvents[K]): void {
    const channel = this.number;
    switch (event) {
      case 'lagging':
        return void this.jump((data as AttachmentEvents['lagging']).next);
      case 'input-refused': {
        const { code, inputOffset } = data as AttachmentEvents['input-refused'];
        return this.refuseInput(code, inputOffset);
      }
      case 'exited': {
        if (this.exited) return;
        this.exited = true;
        const { exitCode, signal, reason, offset } = data as AttachmentEvents['exited'];
        this.wire.event('exited', { channel, exitCode, signal, reason, offset }, this.terminateId);
        return this.attachment?.detach();
      }
      case 'audience':
        return this.company?.onAudience(data as AttachmentEvents['audience']);
      case 'relayed':
        this.company?.onRelayed(data as AttachmentEvents['relayed']);
        return this.extra?.onRelayed((data as AttachmentEvents['relayed']).message);
      case 'resized':
        return this.wire.event(event, { channel, ...data }, this.resizeIds.shift());
      default:
        return this.wire.event(event, { channel, ...data });
    }
  }

  private refuseInput(code: InputRefusal, inputOffset: number): void {
    this.wire.event('error', { channel: this.number, code, ...INPUT_REFUSALS[code], inputOffset });
  }

  /** Too far behind: the screen as it is now instead of everything in between. */
  private async jump(next: number): Promise<void> {
    try {
      const snapshot = await this.context.mirrors.snapshot((this.session as OpenedSession).key);
      if (this.over || !this.attachment) return;
      this.wire.event('lagging', { channel: this.number, lost: { from: next, to: snapshot.offset } });
      this.sendSnapshot(snapshot);
      this.attachment.start(snapshot.offset);
    } catch (error) {
      this.wire.error(asDomainError(error), this.number);
      this.wire.reconnect();
    }
  }

  private sendSnapshot(snapshot: ScreenSnapshot): void {
    this.outputEnd = snapshot.offset;
    this.wire.binary(encodeFrame(FrameType.snapshot, this.number, snapshot.offset, snapshot.bytes));
  }

  private fail(error: unknown, id: string | undefined): void {
    if (this.over) return;
    this.detach();
    this.wire.release(this.number);
    const refusal = asDomainError(error);
    if (refusal.code === ErrorCode.internal) this.context.log.error(error);
    this.wire.error(refusal, this.number, id);
  }
}
