import {
  FrameType,
  HEADER_BYTES,
  InputWriter,
  type ByteRange,
  type ErrorData,
  type Opened,
  type Role,
} from '@holdfast/protocol';
import type { Attachment } from './attachment';
import type { Attachments } from './attachments';
import type { Emitter } from './emitter';
import { INPUT_BOUNDS, INPUT_OVERFLOW_DELAY_MS, INPUT_PIECE_BYTES } from './limits';
import { MAX_SOCKET_BUFFER_BYTES, SOCKET_BUFFER_POLL_MS } from './limits';
import type { TerminalEvents, Timers } from './types';

const encoder = new TextEncoder();

/** Moves input to the newest connection, as fast as the socket and the server take it. */
export class InputPump {
  readonly stream = new InputWriter(INPUT_BOUNDS);
  /** What a viewer types goes nowhere. */
  role: Role = 'writer';
  private queued = false;
  private timer: unknown;

  constructor(
    private readonly timers: Timers,
    private readonly attachments: Attachments,
    private readonly events: Emitter<TerminalEvents>,
  ) {}

  write(input: string | Uint8Array): boolean {
    if (this.role === 'viewer') return false;
    if (!this.stream.write(typeof input === 'string' ? encoder.encode(input) : input)) return false;
    this.queue();
    return true;
  }

  /** Returns input that will not be sent, to be reported. `replaced`: the process it was meant for is gone. */
  opened({ inputOffset, role }: Opened, replaced: boolean): Uint8Array | undefined {
    const before = this.role;
    this.role = role;
    // It was typed with a right that is gone.
    if (role === 'viewer' && before === 'writer' && !replaced) this.becomeViewer();
    return replaced ? this.stream.replace(inputOffset) : this.stream.resumeFrom(inputOffset);
  }

  acknowledge(offset: number): void {
    this.stream.acknowledge(offset);
    this.pump();
  }

  /** Another connection than the one that was pumped to: it has to get everything that is not acknowledged. */
  changeConnection(): void {
    this.stream.resend();
    this.queue();
  }

  answerGap(attachment: Attachment, inputOffset: number | undefined): void {
    if (attachment.shouldAnswerGap(inputOffset)) this.sendAgain(inputOffset);
  }

  sendLater({ inputOffset, retryAfterMs }: ErrorData): void {
    this.pauseFor(retryAfterMs ?? INPUT_OVERFLOW_DELAY_MS, () => this.sendAgain(inputOffset));
  }

  /** The server counts this writer's input from `inputOffset`. */
  changeRole(role: Role, inputOffset: number): void {
    this.role = role;
    this.reportUnsent(this.stream.resumeFrom(inputOffset));
    if (role === 'viewer') this.becomeViewer();
    else this.pump();
  }

  becomeViewer(): void {
    this.role = 'viewer';
    this.reportUnsent(this.stream.abandon());
  }

  pump(): void {
    const active = this.attachments.active;
    if (active === undefined || this.role === 'viewer') return;
    const { connection } = active;
    const maxFrame = connection.welcome?.limits.maxFrameBytes ?? INPUT_PIECE_BYTES;
    const maxBytes = Math.min(INPUT_PIECE_BYTES, maxFrame - HEADER_BYTES);
    while (connection.bufferedAmount < MAX_SOCKET_BUFFER_BYTES) {
      const piece = this.stream.take(maxBytes);
      if (piece === undefined) return;
      active.sendFrame(FrameType.data, piece.offset, piece.bytes);
      connection.expectAcknowledgement();
    }
    this.pauseFor(SOCKET_BUFFER_POLL_MS, () => this.pump());
  }

  reportUnsent(bytes: Uint8Array | undefined): void {
    if (bytes !== undefined && bytes.length > 0) this.events.emit('unsent', bytes);
  }

  reportAmbiguous(range: ByteRange | undefined): void {
    const unheard = range && this.stream.hearAmbiguous(range);
    if (unheard !== undefined) this.events.emit('ambiguous', unheard);
  }

  dispose(): void {
    this.timers.clearTimeout(this.timer);
  }

  private sendAgain(inputOffset: number | undefined): void {
    if (inputOffset === undefined) this.stream.resend();
    else this.reportUnsent(this.stream.resumeFrom(inputOffset));
    this.pump();
  }

  /** Later, so that what is written in one breath becomes one frame. */
  private queue(): void {
    if (this.queued) return;
    this.queued = true;
    queueMicrotask(() => {
      this.queued = false;
      this.pump();
    });
  }

  private pauseFor(ms: number, run: () => void): void {
    this.timers.clearTimeout(this.timer);
    this.timer = this.timers.setTimeout(run, ms);
  }
}
