import { OutputSender, type ByteLog, type Role } from '@holdfast/protocol';
import type { AttachmentEvents, AttachmentName } from '../wire/host-messages';
import { HostFrameType, MAX_OUTPUT_PAYLOAD, PREFIX_BYTES, encodeHostFrame, writePrefix } from '../wire/host-frames';
import type { Transcript } from './transcript';

/** The sending side of one gateway connection. */
export interface FrameSink {
  /** True while so much waits in the socket that more output should wait in the transcript instead. */
  readonly congested: boolean;
  /** Returns false when the bytes were not taken by the kernel yet: the buffer is in use until they are. */
  write(frame: Buffer): boolean;
  event<K extends keyof AttachmentEvents>(channel: number, event: K, data: AttachmentEvents[K]): void;
  /** Everything this channel's writer sent before `offset` was written to the PTY. */
  acknowledgeInput(channel: number, offset: number): void;
}

export interface AttachmentOptions {
  readonly channel: number;
  readonly writerId: string;
  role: Role;
  readonly windowBytes: number;
  readonly replayBytes: number;
  cols?: number;
  rows?: number;
  readonly name?: AttachmentName;
}

/** A viewer, or a hidden tab that is shown again, jumps to a snapshot instead of replaying more than this. */
const MAX_CATCH_UP_BYTES = 2 * 1024 * 1024;
/** A controlling writer that acknowledges nothing for this long stops pausing the PTY. */
export const SILENT_WRITER_MS = 2_000;
/**
 * The window actually used is this many acknowledgement steps of the client, so that little output is in flight when
 * somebody presses Ctrl-C: measured, 128 KiB suffices for full speed on a fast link (facts: performance).
 */
const STEPS_IN_FLIGHT = 4;
const MIN_WINDOW_BYTES = 128 * 1024;
/** An acknowledgement that takes longer than this with a full window means a long link: use the whole window. */
const LONG_LINK_MS = 25;
/** Sizes that wait for the bytes before them. In a resize storm the older ones are of no interest. */
const MAX_PENDING_SIZES = 64;

/** One viewer of one session: which bytes it has, which it may get next, and whether it is shown at all. */
export class Attachment {
  readonly sender: OutputSender;
  visible = true;
  /** No output is sent before `start` named the position. */
  started: boolean;
  exitSent = false;
  bellSinceReport = false;
  outputSinceReport = false;
  /** Unix milliseconds. */
  readonly since = Date.now();
  reportedOutput = false;
  private readonly pendingSizes: AttachmentEvents['resized'][] = [];
  private ackStep = 0;
  private fullSince = 0;
  private longLink = false;
  private lagReported = false;
  /** Since when it has held the PTY back without acknowledging anything, or 0. */
  private blockedSince = 0;

  constructor(
    readonly options: AttachmentOptions,
    readonly sink: FrameSink,
    private readonly transcript: ByteLog & Partial<Pick<Transcript, 'isDamagedAt'>>,
    from: number | undefined,
    /** Increases with every attachment of the session: input is taken from a writer's newest. */
    readonly serial: number,
    private readonly now: () => number,
  ) {
    this.sender = new OutputSender(transcript, from ?? 0);
    this.started = from !== undefined;
  }

  get channel(): number {
    return this.options.channel;
  }

  get writerId(): string {
    return this.options.writerId;
  }

  get isWriter(): boolean {
    return this.options.role === 'writer';
  }

  /** Gets output now: its emulator answers queries, and it can hold the PTY back. */
  get attentive(): boolean {
    return this.isWriter && this.visible && this.started;
  }

  /** Unacknowledged output and output that was not sent yet. */
  get behind(): number {
    return this.sender.behind;
  }

  get window(): number {
    const { windowBytes } = this.options;
    if (this.longLink || this.ackStep === 0) return windowBytes;
    return Math.min(windowBytes, Math.max(MIN_WINDOW_BYTES, STEPS_IN_FLIGHT * this.ackStep));
  }

  /** It held the PTY back for so long without acknowledging anything that it does not count any more. */
  get silent(): boolean {
    return this.blockedSince > 0 && this.now() - this.blockedSince >= SILENT_WRITER_MS;
  }

  /** To be called after every change of what it has and of what there is. */
  noteProgress(): void {
    if (this.behind < this.window) this.blockedSince = 0;
    else this.blockedSince ||= this.now();
  }

  start(from: number): void {
    this.sender.restart(from);
    this.started = true;
    this.lagReported = false;
    this.blockedSince = 0;
    this.releaseSizes();
  }

  acknowledge(offset: number): void {
    const step = offset - this.sender.acked;
    if (!this.sender.acknowledge(offset)) return;
    const now = this.now();
    this.blockedSince = 0;
    this.ackStep = Math.max(step, this.ackStep - (this.ackStep >> 3));
    if (this.fullSince > 0) {
      this.longLink = now - this.fullSince > LONG_LINK_MS;
      this.fullSince = 0;
    }
  }

  /** Tells the size in order with the bytes: after everything that was written at the old one. */
  tellSize(size: AttachmentEvents['resized']): void {
    if (this.pendingSizes.length === MAX_PENDING_SIZES) this.pendingSizes.shift();
    this.pendingSizes.push(size);
    this.releaseSizes();
  }

  private releaseSizes(): void {
    while (this.pendingSizes[0] && (!this.started || this.pendingSizes[0].offset <= this.sender.next)) {
      this.sink.event(this.channel, 'resized', this.pendingSizes.shift() as AttachmentEvents['resized']);
    }
  }

  /**
   * Sends what just came, which is `length` bytes at `offset` in `frame` behind a free prefix. Only when this attachment has
   * everything before; otherwise `catchUp` reads the transcript. Returns true when the frame's buffer is in use afterwards.
   */
  offer(frame: Buffer, offset: number, length: number, mayUseBuffer: boolean): boolean {
    if (!this.ready || this.sender.next !== offset || this.pendingSizes.length > 0) return false;
    const room = Math.min(length, this.sender.room(offset + length, this.window));
    if (room === 0) {
      this.markFull();
      return false;
    }
    this.sender.advance(room);
    if (!mayUseBuffer) {
      this.sink.write(
        encodeHostFrame(HostFrameType.data, this.channel, offset, frame.subarray(PREFIX_BYTES, PREFIX_BYTES + room)),
      );
      return false;
    }
    writePrefix(frame, PREFIX_BYTES, room, HostFrameType.data, this.channel, offset);
    return !this.sink.write(frame.subarray(0, PREFIX_BYTES + room));
  }

  /** Sends from the transcript whatever the window and the socket allow. */
  catchUp(): void {
    while (this.ready) {
      const { next } = this.sender;
      if (this.transcript.end === next) return;
      // Before a jump too: one that reads nothing gets nothing, neither output nor one snapshot after the other.
      if (this.sender.room(this.transcript.end, this.window) === 0) return this.markFull();
      if (this.sender.mustJump(this.replayLimit)) return this.reportLag(next);
      const beforeResize = (this.pendingSizes[0]?.offset ?? Number.MAX_SAFE_INTEGER) - next;
      const piece = this.sender.take(this.window, Math.min(MAX_OUTPUT_PAYLOAD, beforeResize));
      if (!piece) return this.transcript.isDamagedAt?.(next) ? this.reportLag(next) : undefined;
      this.sink.write(encodeHostFrame(HostFrameType.data, this.channel, piece.offset, piece.bytes));
      this.releaseSizes();
    }
  }

  private get ready(): boolean {
    return this.started && this.visible && !this.sink.congested && !this.lagReported;
  }

  private get replayLimit(): number {
    const { replayBytes } = this.options;
    return this.isWriter ? replayBytes : Math.min(MAX_CATCH_UP_BYTES, replayBytes);
  }

  /** Once: the gateway answers with `start` at the position of a snapshot. */
  private reportLag(next: number): void {
    this.lagReported = true;
    this.sink.event(this.channel, 'lagging', { next });
  }

  private markFull(): void {
    if (this.fullSince === 0) this.fullSince = this.now();
  }
}
