import type { AttachmentEvents } from '../wire/host-messages';
import type { Attachment } from './attachment';

/** Everybody who looks at one terminal. */
export class Attachments implements Iterable<Attachment> {
  private readonly all = new Set<Attachment>();

  get size(): number {
    return this.all.size;
  }

  /** A visible writer gets the output: its emulator answers queries. */
  get attended(): boolean {
    return [...this.all].some((attachment) => attachment.attentive);
  }

  [Symbol.iterator](): Iterator<Attachment> {
    return this.all[Symbol.iterator]();
  }

  add(attachment: Attachment): void {
    this.all.add(attachment);
  }

  delete(attachment: Attachment): void {
    this.all.delete(attachment);
  }

  clear(): void {
    this.all.clear();
  }

  /** A writer that reconnects has two for a moment; the newest one counts. */
  newestOf(writerId: string): Attachment | undefined {
    let newest: Attachment | undefined;
    for (const attachment of this.all) {
      if (attachment.writerId === writerId && (!newest || attachment.serial > newest.serial)) newest = attachment;
    }
    return newest;
  }

  has(writerId: string): boolean {
    return this.newestOf(writerId) !== undefined;
  }

  /** The writer that may hold the PTY back: the size owner, else the newest; only while it reads. */
  controller(owner: string | null): Attachment | undefined {
    let best: Attachment | undefined;
    for (const attachment of this.all) {
      if (!attachment.attentive || attachment.silent) continue;
      if (!best || rank(attachment, owner) > rank(best, owner)) best = attachment;
    }
    return best;
  }

  tell<K extends keyof AttachmentEvents>(event: K, data: AttachmentEvents[K]): void {
    for (const { sink, channel } of this.all) sink.event(channel, event, data);
  }

  catchUp(): void {
    for (const attachment of this.all) attachment.catchUp();
  }

  noteProgress(): void {
    for (const attachment of this.all) attachment.noteProgress();
  }

  noteBell(): void {
    for (const attachment of this.all) if (!attachment.visible) attachment.bellSinceReport = true;
  }

  /** What happened on the hidden ones since the last report. `end`: the end of the transcript. */
  reportActivity(end: number): void {
    for (const attachment of this.all) {
      if (attachment.visible) continue;
      const unreadBytes = end - attachment.sender.next;
      const { channel, sink } = attachment;
      if (attachment.bellSinceReport) sink.event(channel, 'activity', { state: 'bell', unreadBytes });
      else if (attachment.outputSinceReport) sink.event(channel, 'activity', { state: 'output', unreadBytes });
      else if (attachment.reportedOutput) sink.event(channel, 'activity', { state: 'idle', unreadBytes });
      attachment.reportedOutput = attachment.outputSinceReport || attachment.bellSinceReport;
      attachment.outputSinceReport = attachment.bellSinceReport = false;
    }
  }
}

function rank(attachment: Attachment, owner: string | null): number {
  return (attachment.writerId === owner ? Number.MAX_SAFE_INTEGER / 2 : 0) + attachment.serial;
}
