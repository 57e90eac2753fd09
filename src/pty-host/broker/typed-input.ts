import { isTerminalReplyBytes, type WriteInput } from '@holdfast/protocol';
import type { AttachmentEvents } from '../wire/host-messages';
import type { Attachment, AttachmentOptions } from './attachment';
import type { Attachments } from './attachments';
import { HostRefusalError } from './host-refusal-error';
import { type InputLedger, MAX_WRITERS, type WriterInput } from './input-ledger';
import { InputQueue, type Later } from './input-queue';
import { typing } from './typing';

interface Destination {
  /** Absent: the process ended. */
  readonly queue: InputQueue | undefined;
  /** This attachment's emulator is the one that answers programs. */
  readonly answers: boolean;
  readonly beforeWriting: () => void;
}

/** What the writers of one terminal typed: each byte once, in order, from a writer's newest attachment. */
export class TypedInput {
  constructor(
    private readonly ledger: InputLedger,
    private readonly attachments: Attachments,
    private readonly monotonic: () => number,
  ) {}

  queueTo(pty: WriteInput, later?: Later): InputQueue {
    return new InputQueue(pty, (writer) => this.acknowledge(writer), later);
  }

  /** The place of a writer in the ledger; only who may type gets one. */
  claim({ role, writerId }: AttachmentOptions, mayType: boolean): WriterInput | undefined {
    if (role === 'viewer' || !mayType) return this.ledger.get(writerId);
    const writer = this.ledger.claim(writerId, (id) => this.attachments.has(id));
    if (writer) return writer;
    throw new HostRefusalError(
      'session_limit',
      `${MAX_WRITERS} writers are attached to this terminal, which is the limit.`,
    );
  }

  /** Puts what is new into the queue, or says why not. A program's query is answered once: what other emulators say goes nowhere. */
  accept(
    attachment: Attachment,
    { offset, bytes }: { readonly offset: number; readonly bytes: Uint8Array },
    { queue, answers, beforeWriting }: Destination,
  ): void {
    const writer = this.ledger.get(attachment.writerId);
    const refuse = (code: AttachmentEvents['input-refused']['code']): void =>
      attachment.sink.event(attachment.channel, 'input-refused', { code, inputOffset: writer?.resumeAt ?? 0 });
    if (!attachment.isWriter) return refuse('read_only');
    if (!queue || !writer) return refuse('session_ended');
    if (this.attachments.newestOf(attachment.writerId) !== attachment) return refuse('taken_over');
    const accepted = writer.accept(offset, bytes, queue.room);
    switch (accepted.kind) {
      case 'gap':
        return refuse('input_gap');
      case 'overflow':
        return refuse('input_overflow');
      case 'duplicate':
        // Already written, but the acknowledgement may have been lost with an earlier connection.
        return this.acknowledge(writer);
      case 'deliver':
        this.ledger.touch(writer);
        if (!answers && isTerminalReplyBytes(accepted.bytes)) return queue.swallow(accepted.bytes, writer);
        typing.note(this.monotonic());
        beforeWriting();
        return queue.push(accepted.bytes, writer);
    }
  }

  close(): void {
    this.ledger.close();
  }

  private acknowledge(writer: WriterInput): void {
    const attachment = this.attachments.newestOf(writer.writerId);
    attachment?.sink.acknowledgeInput(attachment.channel, writer.written);
  }
}
