import { ClipboardFilter, FrameType, OutputReceiver } from '@holdfast/protocol';
import type { Frame, Opened, OutputPosition, ServerEvents } from '@holdfast/protocol';
import { AckLedger } from './ack-ledger';
import type { Attachment } from './attachment';
import type { Attachments } from './attachments';
import type { Emitter } from './emitter';
import { HeldOutput } from './held-output';
import type { TerminalEvents, Timers } from './types';

interface OutputHost {
  readonly timers: Timers;
  windowBytes(): number;
}

/** What the process wrote, put in order from all that the connections bring, up to its exit. */
export class OutputStream {
  private readonly held: HeldOutput;
  private readonly ledger: AckLedger;
  private readonly receiver = new OutputReceiver();
  private readonly clipboard = new ClipboardFilter();
  /** Programs may use the clipboard, if the application lets them. */
  passesClipboard = false;
  private pendingExit: ServerEvents['exited'] | undefined;
  /** Output was refused because nobody listens; it is asked for again once somebody does. */
  private refused = false;

  constructor(
    host: OutputHost,
    private readonly attachments: Attachments,
    private readonly events: Emitter<TerminalEvents>,
  ) {
    this.ledger = new AckLedger(
      host.timers,
      () => attachments.active?.sent ?? -1,
      (offset) => attachments.active?.sendFrame(FrameType.ack, offset),
    );
    this.held = new HeldOutput(
      () => host.windowBytes(),
      () => events.has('data'),
    );
  }

  get epoch(): string | undefined {
    return this.receiver.epoch;
  }

  /** Something is kept until somebody listens. */
  get holds(): boolean {
    return !this.held.empty;
  }

  /** What the application has acknowledged. */
  get position(): OutputPosition | undefined {
    const offset = this.ledger.position;
    return this.epoch === undefined || offset === undefined ? undefined : { epoch: this.epoch, offset };
  }

  /** What the next `open` asks for. */
  get received(): Partial<OutputPosition> | undefined {
    const { epoch, next } = this.receiver;
    return next === undefined ? undefined : { epoch, offset: next };
  }

  /** The exit, once everything before it was delivered. */
  get reachedExit(): ServerEvents['exited'] | undefined {
    const exit = this.pendingExit;
    if (exit === undefined || !this.receiver.has(exit.offset)) return undefined;
    return this.holds ? undefined : exit;
  }

  startFrom({ epoch, offset }: OutputPosition): void {
    this.receiver.opened(epoch);
    this.startAt(offset);
  }

  /** Returns whether another process is in the place of the one that was known. */
  opened(attachment: Attachment, { epoch, offset }: Opened): boolean {
    const replaced = this.receiver.opened(epoch);
    if (replaced) {
      this.clipboard.reset();
      this.ledger.jump(true);
      this.pendingExit = undefined;
    }
    if (!this.receiver.placed && attachment.awaiting === undefined) this.startAt(offset);
    return replaced;
  }

  /** From now on the server that counts from `attachment.base` is told what was parsed. */
  acknowledgeTo(attachment: Attachment): void {
    this.ledger.attached(attachment.base);
  }

  /** False for an older connection that does not know what a newer one brought: another process, or a jump. */
  continuesOn(attachment: Attachment): boolean {
    return attachment.epoch === this.epoch && this.receiver.placed;
  }

  accept(attachment: Attachment, frame: Frame): void {
    const newest = attachment === this.attachments.active;
    if (!this.receiver.placed) {
      if (!newest) return;
      if (frame.offset !== attachment.base) return attachment.reopen();
      this.startAt(frame.offset);
    }
    if (!this.held.fits(frame.payload.length)) {
      this.refused = true;
      return;
    }
    const accepted = this.receiver.accept(frame.offset, frame.payload);
    if (accepted.kind !== 'gap') attachment.sent = Math.max(attachment.sent, frame.offset + frame.payload.length);
    switch (accepted.kind) {
      case 'deliver':
        attachment.progressed();
        return this.deliver(accepted.bytes, frame.offset + frame.payload.length);
      case 'duplicate':
        if (newest) this.ledger.repeated();
        return;
      case 'gap':
        if (newest) attachment.reopen();
        return;
    }
  }

  acceptSnapshot(attachment: Attachment, { offset, payload }: Frame): void {
    if (attachment !== this.attachments.active) return;
    const { resume, lost } = attachment.awaiting ?? { resume: 'snapshot' as const };
    attachment.awaiting = undefined;
    if (!this.receiver.jumpTo(offset, attachment.asked)) return;
    attachment.sent = offset;
    attachment.progressed();
    this.ledger.jump(false);
    this.held.clear();
    // It may end in the middle of a sequence, with which output goes on.
    this.clipboard.reset();
    const bytes = this.filtered(payload);
    this.held.push(0, () => {
      const ack = this.ledger.deliver(offset);
      if (this.events.has('snapshot')) this.events.emit('snapshot', { bytes, offset, resume, lost, ack });
      else ack();
    });
  }

  /** For what happened at this place in the output, and is to be heard in this place. */
  inOrder(run: () => void): void {
    if (this.held.fits(0)) this.held.push(0, run);
  }

  exited(attachment: Attachment, exited: ServerEvents['exited'], visible: boolean): void {
    this.pendingExit = exited;
    // The exit comes after the last byte, so whatever is missing will not come by itself. A hidden terminal gets none.
    const missing = this.receiver.placed && !this.receiver.has(exited.offset);
    const comes = this.refused || !visible || attachment.awaiting !== undefined;
    if (missing && !comes) attachment.reopen();
  }

  /** Somebody listens now. */
  release(): void {
    this.held.release();
    const active = this.attachments.active;
    if (this.holds || !this.refused || active === undefined) return;
    this.refused = false;
    active.reopen();
  }

  dispose(): void {
    this.ledger.dispose();
    this.held.clear();
  }

  private deliver(output: Uint8Array, end: number): void {
    const bytes = this.filtered(output);
    this.held.push(bytes.length, () => {
      this.events.emit('data', { bytes, offset: end - bytes.length, ack: this.ledger.deliver(end) });
    });
  }

  private filtered(bytes: Uint8Array): Uint8Array {
    return this.passesClipboard ? bytes : this.clipboard.pass(bytes);
  }

  private startAt(offset: number): void {
    this.receiver.startAt(offset);
    this.ledger.startAt(offset);
  }
}
