import {
  encodeFrame,
  ErrorCode,
  FrameType,
  HEADER_BYTES,
  MAX_CELLS,
  StreamReceiver,
  type ErrorData,
  type Frame,
  type Opened,
  type OpenRequest,
  type Role,
  type ServerEvents,
  type ServerMessage,
  type SignalName,
} from '@holdfast/protocol';
import { AckLedger } from './ack-ledger';
import { Attachment } from './attachment';
import type { Connection } from './connection';
import { Emitter } from './emitter';
import { HeldOutput } from './held-output';
import { HoldfastError } from './holdfast-error';
import { InputStream } from './input-stream';
import {
  INPUT_OVERFLOW_DELAY_MS,
  INPUT_PIECE_BYTES,
  LEAVE_TIMEOUT_MS,
  MAX_SOCKET_BUFFER_BYTES,
  SOCKET_BUFFER_POLL_MS,
} from './limits';
import { newSessionId, randomUuid } from './random-ids';
import type { Acknowledge, OpenOptions, Subscription, Terminal, TerminalEvents, TerminalState, Timers } from './types';

/** What a terminal needs from its client. */
export interface TerminalHost {
  readonly timers: Timers;
  windowBytes(): number;
  /** Something happened on `connection` that may complete its set of opened channels. */
  attachmentChanged(connection: Connection): void;
  /** The terminal is over. */
  remove(terminal: ClientTerminal): void;
  /** A person typed while there is no connection. */
  wake(): void;
}

/** Errors after which an open channel is gone for good. */
const FINAL_CODES: ReadonlySet<string> = new Set([
  ErrorCode.forbidden,
  ErrorCode.notFound,
  ErrorCode.sessionNotFound,
  ErrorCode.sessionEnded,
  ErrorCode.projectNotFound,
]);

/** Late answers to what was sent before the channel was opened again. */
const NOT_ABOUT_OPEN: ReadonlySet<string> = new Set([
  ErrorCode.inputGap,
  ErrorCode.inputOverflow,
  ErrorCode.readOnly,
  ErrorCode.noSuchChannel,
]);

const encoder = new TextEncoder();

/** A terminal's state machine: an attachment to a session that outlives its sockets. */
export class ClientTerminal implements Terminal {
  readonly writerId = randomUuid();
  readonly ready: Promise<Opened>;
  title = '';
  cols: number;
  rows: number;
  private readonly events = new Emitter<TerminalEvents>();
  private readonly input = new InputStream();
  private readonly held: HeldOutput;
  private readonly ledger: AckLedger;
  private receiver = new StreamReceiver();
  /** Whether `receiver.next` means something: false until the first byte's position is known. */
  private positioned = false;
  private epoch: string | undefined;
  private readonly attachments = new Map<Connection, Attachment>();
  private over: 'exited' | 'closed' | undefined;
  private role: Role;
  /** The name that `open` asks for. `invented` ones were chosen here, so that a repeated `open` starts one process. */
  private name: string | undefined;
  private invented: boolean;
  private knownSessionId: string | undefined;
  private wantedSize: { readonly cols: number; readonly rows: number } | undefined;
  private visible = true;
  private terminating: { readonly signal?: SignalName } | undefined;
  private pendingExit: ServerEvents['exited'] | undefined;
  /** End of the newest ambiguous range that was reported: the server repeats it to every connection. */
  private ambiguousTo = 0;
  /** Output was refused because nobody listens; it is asked for again once somebody does. */
  private refusedOutput = false;
  private leaving: { readonly done: Promise<void>; readonly finish: (confirmed: boolean) => void } | undefined;
  private pumpQueued = false;
  private pumpTimer: unknown;
  private settleReady!: { resolve(opened: Opened): void; reject(error: HoldfastError): void };

  constructor(
    private readonly host: TerminalHost,
    readonly channel: number,
    private readonly options: OpenOptions,
  ) {
    this.cols = clampCells(options.cols);
    this.rows = clampCells(options.rows);
    this.role = options.role ?? 'writer';
    this.name = options.sessionId || undefined;
    this.invented = this.name === undefined;
    this.name ??= newSessionId(host.timers.now());
    this.ledger = new AckLedger(
      host.timers,
      () => this.active?.sent ?? -1,
      (offset) => this.active?.connection.sendFrame(encodeFrame(FrameType.ack, channel, offset)),
    );
    this.held = new HeldOutput(
      () => host.windowBytes(),
      () => this.events.has('data'),
    );
    if (options.resumeFrom !== undefined) {
      this.epoch = options.resumeFrom.epoch;
      this.startAt(options.resumeFrom.offset);
    }
    this.ready = new Promise((resolve, reject) => (this.settleReady = { resolve, reject }));
    // Whoever does not look at `ready` has the `closed` event.
    this.ready.catch(() => undefined);
  }

  get state(): TerminalState {
    if (this.over !== undefined) return this.over;
    if (this.active !== undefined) return 'open';
    return this.knownSessionId === undefined ? 'opening' : 'resuming';
  }

  get sessionId(): string | undefined {
    return this.knownSessionId;
  }

  on<K extends keyof TerminalEvents>(event: K, listener: (payload: TerminalEvents[K]) => void): Subscription {
    const subscription = this.events.on(event, listener);
    // Later, so that listeners added in the same breath see what was held, too.
    if (event === 'data' && !this.held.empty) queueMicrotask(() => this.releaseHeld());
    return subscription;
  }

  onData(listener: (bytes: Uint8Array, ack: Acknowledge) => void): Subscription {
    return this.on('data', ({ bytes, ack }) => listener(bytes, ack));
  }

  onExit(listener: (exit: TerminalEvents['exit']) => void): Subscription {
    return this.on('exit', listener);
  }

  write(input: string | Uint8Array): boolean {
    if (this.over !== undefined || this.leaving !== undefined || this.role === 'viewer') return false;
    if (!this.input.write(typeof input === 'string' ? encoder.encode(input) : input)) return false;
    if (this.active === undefined) this.host.wake();
    else this.queuePump();
    return true;
  }

  resize(cols: number, rows: number): void {
    const size = { cols: clampCells(cols), rows: clampCells(rows) };
    const repeated = this.wantedSize?.cols === size.cols && this.wantedSize.rows === size.rows;
    this.wantedSize = size;
    if (!repeated || this.cols !== size.cols || this.rows !== size.rows) this.sendSize();
  }

  setVisible(visible: boolean): void {
    if (this.visible === visible) return;
    this.visible = visible;
    this.active?.connection.send('visibility', { channel: this.channel, visible });
  }

  signal(signal: SignalName): void {
    const active = this.active;
    if (active !== undefined) active.connection.send('signal', { channel: this.channel, signal });
    else if (this.over === undefined) {
      const message = 'The signal was not sent, because there is no connection. Send it again when there is one.';
      this.events.emit('error', { code: 'not_connected', message, retryable: true });
    }
  }

  terminate(signal?: SignalName): void {
    if (this.over !== undefined) return;
    this.terminating = signal === undefined ? {} : { signal };
    this.sendTerminate();
  }

  detach(): Promise<void> {
    if (this.over !== undefined) return Promise.resolve();
    if (this.leaving !== undefined) return this.leaving.done;
    this.pump();
    let resolve = (): void => undefined;
    const done = new Promise<void>((r) => (resolve = r));
    const timer = this.host.timers.setTimeout(() => this.leaving?.finish(false), LEAVE_TIMEOUT_MS);
    this.leaving = {
      done,
      finish: (confirmed) => {
        this.host.timers.clearTimeout(timer);
        this.end('closed', confirmed ? this.input.drainNeverSent() : this.input.drain());
        this.reportClosed('detached', 'The terminal was left; its process runs on.');
        resolve();
      },
    };
    if (this.attachments.size === 0) this.leaving.finish(false);
    for (const attachment of this.attachments.values()) attachment.leave();
    return done;
  }

  position(): { readonly epoch: string; readonly offset: number } | undefined {
    const offset = this.ledger.position;
    return this.epoch === undefined || offset === undefined ? undefined : { epoch: this.epoch, offset };
  }

  // What follows is for the client.

  attach(connection: Connection): void {
    if (this.over !== undefined || this.leaving !== undefined) return;
    const attachment = new Attachment(connection, this.host.timers, () => this.openRequest());
    this.attachments.set(connection, attachment);
    attachment.open();
  }

  /** The connection is gone, or a newer one does its work. */
  drop(connection: Connection): void {
    const attachment = this.attachments.get(connection);
    if (attachment === undefined) return;
    const before = this.active;
    attachment.dispose();
    this.attachments.delete(connection);
    if (this.leaving !== undefined) {
      if (this.attachments.size === 0) this.leaving.finish(false);
      return;
    }
    const fallback = [...this.attachments.values()][0];
    if (fallback?.phase === 'lost') fallback.open();
    else if (fallback?.phase === 'open' && fallback !== before) this.fallBackTo(fallback);
  }

  /** Nothing on this connection keeps it from being the only one. */
  settledOn(connection: Connection): boolean {
    const attachment = this.attachments.get(connection);
    return this.leaving !== undefined || attachment === undefined || attachment.phase === 'open';
  }

  awaitsAcknowledgement(connection: Connection): boolean {
    return this.active?.connection === connection && this.input.inFlight > 0;
  }

  /** The client is over. */
  shutdown(code: string, message: string): void {
    if (this.over !== undefined) return;
    if (this.leaving !== undefined) return this.leaving.finish(false);
    this.close(code, message);
  }

  onFrame(connection: Connection, frame: Frame): void {
    const attachment = this.attachments.get(connection);
    if (attachment?.phase !== 'open' || attachment.epoch !== this.epoch || this.leaving !== undefined) return;
    switch (frame.type) {
      case FrameType.data:
        return this.onOutput(attachment, frame);
      case FrameType.snapshot:
        return this.onSnapshot(attachment, frame);
      case FrameType.ack:
        this.input.acknowledge(frame.offset);
        return this.pump();
      default:
        // A frame of a later protocol version.
        return;
    }
  }

  onEvent(connection: Connection, message: ServerMessage): void {
    const attachment = this.attachments.get(connection);
    if (attachment === undefined) return;
    if (message.event === 'opened') return this.onOpened(attachment, message.data);
    if (message.event === 'error') return this.onError(attachment, message.data);
    if (message.event === 'detached') return this.onDetached(attachment);
    // The newest connection speaks for the terminal; what an old one says beside it comes twice.
    if (attachment !== this.active || this.leaving !== undefined) return;
    switch (message.event) {
      case 'resized':
        return this.onResized(message.data);
      case 'exited':
        return this.onExited(attachment, message.data);
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
      default:
        // An event of a later protocol version.
        return;
    }
  }

  /** The newest connection that has the channel opened. */
  private get active(): Attachment | undefined {
    let newest: Attachment | undefined;
    for (const attachment of this.attachments.values()) {
      if (attachment.phase !== 'open') continue;
      if (newest === undefined || attachment.connection.serial > newest.connection.serial) newest = attachment;
    }
    return newest;
  }

  /** The newer connection is gone, the older one still serves. */
  private fallBackTo(attachment: Attachment): void {
    // What the newer one brought (another process, a jump) the older one does not know.
    if (attachment.epoch !== this.epoch || !this.positioned) return attachment.reopen();
    this.input.resend();
    this.ledger.attached(attachment.base);
    this.queuePump();
  }

  private openRequest(): OpenRequest {
    const { projectId, profile, role } = this.options;
    const size = this.wantedSize ?? this;
    return {
      channel: this.channel,
      projectId,
      sessionId: this.name,
      cols: size.cols,
      rows: size.rows,
      writerId: this.writerId,
      role,
      profile,
      ...(this.positioned && { epoch: this.epoch, offset: this.receiver.next }),
    };
  }

  private onOpened(attachment: Attachment, opened: Opened): void {
    if (this.leaving !== undefined) return;
    attachment.opened(opened);
    if (attachment !== this.active) return;
    this.name = this.knownSessionId = opened.sessionId;
    this.invented = false;
    this.role = opened.role;
    this.title = opened.title;
    this.cols = opened.cols;
    this.rows = opened.rows;
    const replaced = this.epoch !== undefined && this.epoch !== opened.epoch;
    this.epoch = opened.epoch;
    if (replaced) this.startOver(opened.offset);
    if (!this.positioned && attachment.awaiting === undefined) this.startAt(opened.offset);
    const unsent = replaced ? this.input.replace(opened.inputOffset) : this.input.resumeFrom(opened.inputOffset);
    this.settleReady.resolve(opened);
    this.events.emit('opened', opened);
    this.reportUnsent(unsent);
    if (opened.ambiguous !== undefined && opened.ambiguous.to > this.ambiguousTo) {
      this.ambiguousTo = opened.ambiguous.to;
      this.events.emit('ambiguous', opened.ambiguous);
    }
    if (attachment !== this.active) return; // A listener left.
    if (!this.visible) attachment.connection.send('visibility', { channel: this.channel, visible: false });
    const wanted = this.wantedSize;
    if (wanted !== undefined && (wanted.cols !== opened.cols || wanted.rows !== opened.rows)) this.sendSize();
    this.sendTerminate();
    this.ledger.attached(opened.offset);
    this.pump();
    this.host.attachmentChanged(attachment.connection);
  }

  /** Another process: positions of the old one mean nothing. */
  private startOver(offset: number): void {
    this.receiver = new StreamReceiver(offset);
    this.positioned = false;
    this.ledger.jump(true);
    this.pendingExit = undefined;
    this.terminating = undefined;
    this.ambiguousTo = 0;
  }

  private startAt(offset: number): void {
    this.receiver.next = offset;
    this.positioned = true;
    this.ledger.startAt(offset);
  }

  private onOutput(attachment: Attachment, frame: Frame): void {
    const newest = attachment === this.active;
    if (!this.positioned) {
      if (!newest) return;
      if (frame.offset !== attachment.base) return attachment.reopen();
      this.startAt(frame.offset);
    }
    if (!this.held.fits(frame.payload.length)) {
      this.refusedOutput = true;
      return;
    }
    const accepted = this.receiver.accept(frame.offset, frame.payload);
    if (accepted.kind !== 'gap') attachment.sent = Math.max(attachment.sent, frame.offset + frame.payload.length);
    switch (accepted.kind) {
      case 'deliver': {
        const end = this.receiver.next;
        const { bytes } = accepted;
        attachment.progressed();
        this.held.push(bytes.length, () => {
          this.events.emit('data', { bytes, offset: end - bytes.length, ack: this.ledger.deliver(end) });
        });
        return this.considerExit();
      }
      case 'duplicate':
        if (newest) this.ledger.repeated();
        return;
      case 'gap':
        if (newest) attachment.reopen();
        return;
    }
  }

  private onSnapshot(attachment: Attachment, frame: Frame): void {
    if (attachment !== this.active) return;
    const { resume, lost } = attachment.awaiting ?? { resume: 'snapshot' as const };
    attachment.awaiting = undefined;
    const { offset, payload: bytes } = frame;
    // The old connection delivered meanwhile what the new one had to skip: the screen is right as it is.
    const overtaken = this.positioned && offset > (attachment.asked ?? Infinity) && offset <= this.receiver.next;
    if (overtaken) return;
    this.receiver.next = offset;
    this.positioned = true;
    attachment.sent = offset;
    attachment.progressed();
    this.ledger.jump(false);
    this.held.clear();
    this.held.push(0, () => {
      const ack = this.ledger.deliver(offset);
      if (this.events.has('snapshot')) this.events.emit('snapshot', { bytes, offset, resume, lost, ack });
      else ack();
    });
    this.considerExit();
  }

  private onResized(data: ServerEvents['resized']): void {
    // Through the queue, because the bytes before it were written at the old size.
    if (!this.held.fits(0)) return;
    this.held.push(0, () => {
      this.cols = data.cols;
      this.rows = data.rows;
      const { cols, rows, owner } = data;
      this.events.emit('resized', { cols, rows, owner, own: owner === this.writerId });
    });
  }

  private onExited(attachment: Attachment, exited: ServerEvents['exited']): void {
    this.pendingExit = exited;
    this.considerExit();
    // The exit comes after the last byte, so whatever is missing will not come by itself. A hidden terminal gets none.
    const missing = this.over === undefined && this.positioned && this.receiver.next < exited.offset;
    const comes = this.refusedOutput || !this.visible || attachment.awaiting !== undefined;
    if (missing && !comes) attachment.reopen();
  }

  private considerExit(): void {
    const exit = this.pendingExit;
    if (exit === undefined || !this.positioned || this.receiver.next < exit.offset || !this.held.empty) return;
    if (this.over !== undefined) return;
    // What was sent may well have been what ended the process, so only what never left is reported.
    this.end('exited', this.input.drainNeverSent());
    this.events.emit('exit', { exitCode: exit.exitCode, signal: exit.signal });
  }

  private onDetached(attachment: Attachment): void {
    const expected = attachment.tookLeave();
    if (this.leaving !== undefined) {
      attachment.dispose();
      this.attachments.delete(attachment.connection);
      if (this.attachments.size === 0) this.leaving.finish(true);
    } else if (!expected && attachment === this.active) {
      this.close('detached', 'The server detached this terminal.');
    }
  }

  private onError(attachment: Attachment, error: ErrorData): void {
    if (this.leaving !== undefined) {
      if (error.code === ErrorCode.noSuchChannel) this.onDetached(attachment);
      return;
    }
    if (attachment.phase === 'opening') return this.onRefused(attachment, error);
    if (attachment.phase !== 'open') return;
    if (attachment !== this.active) {
      // Taken over by our own newer connection, most likely.
      if (error.code === ErrorCode.takenOver || error.code === ErrorCode.noSuchChannel) attachment.lose();
      return;
    }
    switch (error.code) {
      case ErrorCode.inputGap:
        if (attachment.shouldAnswerGap(error.inputOffset)) this.sendAgain(error.inputOffset);
        return;
      case ErrorCode.inputOverflow:
        this.host.timers.clearTimeout(this.pumpTimer);
        this.pumpTimer = this.host.timers.setTimeout(
          () => this.sendAgain(error.inputOffset),
          error.retryAfterMs ?? INPUT_OVERFLOW_DELAY_MS,
        );
        return;
      case ErrorCode.noSuchChannel:
        return attachment.reopen();
      case ErrorCode.takenOver:
        if (this.attachments.size > 1) return attachment.lose();
        return this.close(error.code, error.message);
      case ErrorCode.readOnly:
        this.reportError(error);
        this.role = 'viewer';
        return this.reportUnsent(this.input.abandon());
    }
    if (FINAL_CODES.has(error.code) && !error.retryable) return this.close(error.code, error.message);
    this.reportError(error);
  }

  /** The answer to `open` was no. */
  private onRefused(attachment: Attachment, error: ErrorData): void {
    if (error.code === ErrorCode.noSuchChannel) attachment.tookLeave();
    if (NOT_ABOUT_OPEN.has(error.code)) return;
    const unknownName = error.code === ErrorCode.sessionNotFound || error.code === ErrorCode.badSessionId;
    if (unknownName && this.invented && this.name !== undefined) {
      // This server wants to name its sessions itself.
      this.name = undefined;
      return attachment.open();
    }
    if (error.code === ErrorCode.channelInUse) return attachment.retry(error.retryAfterMs, () => attachment.reopen());
    if (!error.retryable) return this.close(error.code, error.message);
    attachment.retry(error.retryAfterMs, () => attachment.open());
    this.reportError(error);
  }

  private sendAgain(inputOffset: number | undefined): void {
    if (this.over !== undefined) return;
    if (inputOffset === undefined) this.input.resend();
    else this.reportUnsent(this.input.resumeFrom(inputOffset));
    this.pump();
  }

  private queuePump(): void {
    if (this.pumpQueued) return;
    this.pumpQueued = true;
    queueMicrotask(() => {
      this.pumpQueued = false;
      this.pump();
    });
  }

  private pump(): void {
    const connection = this.active?.connection;
    if (connection === undefined || this.over !== undefined || this.role === 'viewer') return;
    const maxFrame = connection.welcome?.limits.maxFrameBytes ?? INPUT_PIECE_BYTES;
    const maxBytes = Math.min(INPUT_PIECE_BYTES, maxFrame - HEADER_BYTES);
    while (connection.bufferedAmount < MAX_SOCKET_BUFFER_BYTES) {
      const piece = this.input.take(maxBytes);
      if (piece === undefined) return;
      connection.sendFrame(encodeFrame(FrameType.data, this.channel, piece.offset, piece.bytes));
      connection.expectAcknowledgement();
    }
    this.host.timers.clearTimeout(this.pumpTimer);
    this.pumpTimer = this.host.timers.setTimeout(() => this.pump(), SOCKET_BUFFER_POLL_MS);
  }

  private sendSize(): void {
    const size = this.wantedSize;
    if (size !== undefined) this.active?.connection.send('resize', { channel: this.channel, ...size });
  }

  private sendTerminate(): void {
    if (this.terminating !== undefined) {
      this.active?.connection.send('terminate', { channel: this.channel, ...this.terminating });
    }
  }

  private releaseHeld(): void {
    this.held.release();
    if (!this.held.empty) return;
    const active = this.active;
    if (this.refusedOutput && active !== undefined) {
      this.refusedOutput = false;
      active.reopen();
    }
    this.considerExit();
  }

  private reportError({ code, message, retryable }: ErrorData): void {
    this.events.emit('error', { code, message, retryable });
  }

  private reportUnsent(bytes: Uint8Array | undefined): void {
    if (bytes !== undefined && bytes.length > 0) this.events.emit('unsent', bytes);
  }

  private close(code: string, message: string): void {
    this.end('closed', this.input.drain());
    this.reportClosed(code, message);
  }

  private reportClosed(code: string, message: string): void {
    this.settleReady.reject(new HoldfastError(code, message));
    this.events.emit('closed', { code, message });
  }

  private end(how: 'exited' | 'closed', unsent: Uint8Array): void {
    this.over = how;
    for (const attachment of this.attachments.values()) attachment.dispose();
    this.attachments.clear();
    this.ledger.dispose();
    this.held.clear();
    this.host.timers.clearTimeout(this.pumpTimer);
    this.host.remove(this);
    this.reportUnsent(unsent);
  }
}

function clampCells(cells: number): number {
  return Math.min(MAX_CELLS, Math.max(1, Math.floor(cells) || 1));
}
