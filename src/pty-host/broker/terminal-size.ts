import type { Attachment } from './attachment';
import type { Attachments } from './attachments';

export interface Size {
  readonly cols: number;
  readonly rows: number;
}

/**
 * The size of a terminal and who owns it: who made the terminal, then whoever typed last. Attaching never resizes, and the
 * size of an owner who left stays.
 */
export class TerminalSize {
  private owner: string | null = null;

  constructor(
    private size: Size,
    private readonly attachments: Attachments,
    /** Resizes the PTY; answers whether it was done. */
    private readonly change: (size: Size) => boolean,
    /** The end of the output now. */
    private readonly offset: () => number,
  ) {}

  get current(): Size {
    return this.size;
  }

  /** The owner while it is attached. */
  get attachedOwner(): string | null {
    return this.owner !== null && this.attachments.has(this.owner) ? this.owner : null;
  }

  /** For the one who made the terminal. */
  give(writerId: string): void {
    this.owner = writerId;
  }

  /** An explicit wish: done for the owner, remembered for the others until they type. */
  wish(attachment: Attachment, size: Size): void {
    attachment.options.cols = size.cols;
    attachment.options.rows = size.rows;
    const free = this.owner === null || this.owner === attachment.writerId;
    if (attachment.isWriter && attachment.visible && free) {
      this.owner = attachment.writerId;
      this.apply(size);
    } else {
      this.tell([attachment]);
    }
  }

  /** The size goes to who typed. */
  take(attachment: Attachment): void {
    if (this.owner === attachment.writerId || !attachment.visible) return;
    this.owner = attachment.writerId;
    const { cols = this.size.cols, rows = this.size.rows } = attachment.options;
    this.apply({ cols, rows });
  }

  apply(size: Size): void {
    const differs = size.cols !== this.size.cols || size.rows !== this.size.rows;
    if (differs && this.change(size)) this.size = size;
    this.tell(this.attachments);
  }

  /** It may not type any more: the size stays, and is nobody's. */
  release(attachment: Attachment): void {
    if (attachment.writerId !== this.owner) return;
    this.owner = null;
    this.tell(this.attachments);
  }

  /** Somebody left: the others learn that nobody owns the size any more. */
  onDetached(attachment: Attachment): void {
    if (attachment.writerId === this.owner && this.attachedOwner === null) this.tell(this.attachments);
  }

  private tell(attachments: Iterable<Attachment>): void {
    const resized = { ...this.size, owner: this.attachedOwner, offset: this.offset() };
    for (const attachment of attachments) attachment.tellSize(resized);
  }
}
