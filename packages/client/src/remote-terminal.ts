import { ErrorCode, FrameType } from '@holdfast/protocol';
import type { ErrorData, Frame, Opened, OpenRequest, ServerEvents, ServerMessage } from '@holdfast/protocol';
import { Attachment, type AttachmentOwner } from './attachment';
import { Attachments } from './attachments';
import type { Connection } from './connection';
import { Emitter } from './emitter';
import { InputPump } from './input-pump';
import { OutputStream } from './output-stream';
import { randomUuid } from './random-ids';
import { firstName, type SessionName } from './session-name';
import { reactionToError, reactionToErrorOnOlder, reactionToRefusal } from './terminal-errors';
import { TerminalLife, type MortalTerminal } from './terminal-life';
import type { OpenOptions, TerminalEvents, Timers } from './types';
import { clampSize, Wishes } from './wishes';

/** What a terminal needs from its client. */
export interface TerminalHost {
  readonly timers: Timers;
  windowBytes(): number;
  /** Something happened on `connection` that may complete its set of opened channels. */
  attachmentChanged(connection: Connection): void;
  /** The terminal is over. */
  remove(terminal: RemoteTerminal): void;
}

/** The server's side of a terminal: takes what every connection says about it, and hands it to the part it concerns. */
export class RemoteTerminal implements AttachmentOwner, MortalTerminal {
  readonly writerId = randomUuid();
  title = '';
  cols: number;
  rows: number;
  name: SessionName;
  readonly timers: Timers;
  readonly events = new Emitter<TerminalEvents>();
  readonly attachments = new Attachments();
  readonly wishes = new Wishes(this.attachments);
  readonly input: InputPump;
  readonly output: OutputStream;
  readonly life = new TerminalLife(this, () => this.host.remove(this));
  constructor(
    private readonly host: TerminalHost,
    readonly channel: number,
    private readonly options: OpenOptions,
  ) {
    ({ cols: this.cols, rows: this.rows } = clampSize(options));
    this.timers = host.timers;
    this.name = firstName(options.sessionId, host.timers.now());
    this.input = new InputPump(host.timers, this.attachments, this.events);
    this.input.role = options.role ?? 'writer';
    this.output = new OutputStream(host, this.attachments, this.events);
    this.output.passesClipboard = options.clipboard === 'pass';
    if (options.resumeFrom !== undefined) this.output.startFrom(options.resumeFrom);
  }

  openRequest(): OpenRequest {
    const { channel, options, writerId } = this;
    const { projectId, profile, role } = options;
    const { cols, rows } = this.wishes.size ?? this;
    return {
      channel,
      projectId,
      sessionId: this.name.id,
      cols,
      rows,
      writerId,
      role,
      profile,
      ...this.output.received,
    };
  }

  attach(connection: Connection): void {
    if (!this.life.running) return;
    const attachment = new Attachment(connection, this);
    this.attachments.add(attachment);
    attachment.open();
  }

  /** The connection is gone, or a newer one does its work. */
  drop(connection: Connection): void {
    const attachment = this.attachments.on(connection);
    if (attachment === undefined) return;
    const before = this.attachments.active;
    this.life.left(attachment, false);
    if (!this.life.running) return;
    const fallback = this.attachments.oldest;
    if (fallback?.phase === 'lost') fallback.open();
    else if (fallback?.phase === 'open' && fallback !== before) this.fallBackTo(fallback);
  }

  /** Nothing on this connection keeps it from being the only one. */
  settledOn(connection: Connection): boolean {
    const attachment = this.attachments.on(connection);
    return this.life.leaving || attachment === undefined || attachment.phase === 'open';
  }

  awaitsAcknowledgement(connection: Connection): boolean {
    return this.attachments.active?.connection === connection && this.input.stream.inFlight > 0;
  }

  onFrame(connection: Connection, frame: Frame): void {
    const attachment = this.attachments.on(connection);
    if (attachment?.phase !== 'open' || attachment.epoch !== this.output.epoch || this.life.leaving) return;
    switch (frame.type) {
      case FrameType.data:
        this.output.accept(attachment, frame);
        return this.life.considerExit();
      case FrameType.snapshot:
        this.output.acceptSnapshot(attachment, frame);
        return this.life.considerExit();
      case FrameType.ack:
        return this.input.acknowledge(frame.offset);
      default:
        // A frame of a later protocol version.
        return;
    }
  }

  onEvent(connection: Connection, message: ServerMessage): void {
    const attachment = this.attachments.on(connection);
    if (attachment === undefined) return;
    if (message.event === 'opened') return this.onOpened(attachment, message.data);
    if (message.event === 'error') return this.onError(attachment, message.data);
    if (message.event === 'detached') return this.onDetached(attachment);
    // The newest connection speaks for the terminal; what an old one says beside it comes twice.
    if (attachment !== this.attachments.active || this.life.leaving) return;
    switch (message.event) {
      case 'resized':
        // In order, because the bytes before it were written at the old size.
        return this.output.inOrder(() => this.onResized(message.data));
      case 'exited':
        this.output.exited(attachment, message.data, this.wishes.visible);
        return this.life.considerExit();
      case 'lagging':
        attachment.awaiting = { resume: 'lagging', lost: message.data.lost };
        return;
      case 'activity':
        return this.events.emit('activity', { state: message.data.state, unreadBytes: message.data.unreadBytes });
      case 'title':
        this.title = message.data.title;
        return this.events.emit('title', message.data.title);
      case 'cwd':
        return this.events.emit('cwd', message.data.cwd);
      case 'command': {
        const { channel: _, ...command } = message.data;
        return this.events.emit('command', command);
      }
      case 'role.changed': {
        const { role, inputOffset } = message.data;
        this.input.changeRole(role, inputOffset);
        return this.events.emit('role', role);
      }
      case 'presence':
      case 'notice':
      case 'write.pending':
      case 'write.requested':
      case 'write.settled':
      case 'claude.state':
      case 'claude.permission':
      case 'claude.permission.settled':
      case 'claude.usage':
      case 'claude.notice': {
        const { channel: _, ...said } = message.data;
        return this.events.emit(message.event, said);
      }
      default:
        // An event of a later protocol version.
        return;
    }
  }

  /** The newer connection is gone, the older one still serves. */
  private fallBackTo(attachment: Attachment): void {
    if (!this.output.continuesOn(attachment)) return attachment.reopen();
    this.output.acknowledgeTo(attachment);
    this.input.changeConnection();
  }

  private onOpened(attachment: Attachment, opened: Opened): void {
    if (this.life.leaving) return;
    attachment.opened(opened);
    if (attachment !== this.attachments.active) return;
    this.name = { kind: 'known', id: opened.sessionId };
    ({ title: this.title, cols: this.cols, rows: this.rows } = opened);
    const replaced = this.output.opened(attachment, opened);
    if (replaced) this.wishes.spareProcess();
    const unsent = this.input.opened(opened, replaced);
    this.life.ready.resolve(opened);
    this.events.emit('opened', opened);
    this.input.reportUnsent(unsent);
    this.input.reportAmbiguous(opened.ambiguous);
    if (attachment !== this.attachments.active) return; // A listener left.
    this.wishes.repeatOn(attachment, opened);
    this.output.acknowledgeTo(attachment);
    this.input.pump();
    this.host.attachmentChanged(attachment.connection);
  }

  private onResized({ cols, rows, owner }: ServerEvents['resized']): void {
    this.cols = cols;
    this.rows = rows;
    this.events.emit('resized', { cols, rows, owner, own: owner === this.writerId });
  }

  private onDetached(attachment: Attachment): void {
    const expected = attachment.tookLeave();
    if (this.life.leaving) this.life.left(attachment, true);
    else if (!expected && attachment === this.attachments.active) {
      this.life.close('detached', 'The server detached this terminal.');
    }
  }

  private onError(attachment: Attachment, error: ErrorData): void {
    if (this.life.leaving) {
      if (error.code === ErrorCode.noSuchChannel) this.onDetached(attachment);
      return;
    }
    if (attachment.phase === 'opening') return this.onRefused(attachment, error);
    if (attachment.phase !== 'open') return;
    const newest = attachment === this.attachments.active;
    const rival = this.attachments.rivalOf(attachment);
    switch (newest ? reactionToError(error, rival) : reactionToErrorOnOlder(error)) {
      case 'answer-gap':
        return this.input.answerGap(attachment, error.inputOffset);
      case 'send-later':
        return this.input.sendLater(error);
      case 'become-viewer':
        this.reportError(error);
        return this.input.becomeViewer();
      case 'reopen':
        return attachment.reopen();
      case 'lose':
        return attachment.lose();
      case 'close':
        return this.life.close(error.code, error.message);
      case 'report':
        return this.reportError(error);
      case 'ignore':
        return;
    }
  }

  /** The answer to `open` was no. */
  private onRefused(attachment: Attachment, error: ErrorData): void {
    if (error.code === ErrorCode.noSuchChannel) attachment.tookLeave();
    switch (reactionToRefusal(error, this.name)) {
      case 'open-unnamed':
        this.name = { kind: 'left-to-server', id: undefined };
        return attachment.open();
      case 'reopen-later':
        return attachment.retry(error.retryAfterMs, () => attachment.reopen());
      case 'open-later':
        attachment.retry(error.retryAfterMs, () => attachment.open());
        return this.reportError(error);
      case 'close':
        return this.life.close(error.code, error.message);
      case 'ignore':
        return;
    }
  }

  private reportError({ code, message, retryable }: ErrorData): void {
    this.events.emit('error', { code, message, retryable });
  }
}
