import { MAX_CELLS, type Opened, type SignalName } from '@holdfast/protocol';
import type { Attachment } from './attachment';
import type { Attachments } from './attachments';

export interface Size {
  readonly cols: number;
  readonly rows: number;
}

/** What the application asked of its terminal once, and every connection has to be told anew. */
export class Wishes {
  private wantedSize: Size | undefined;
  private shown = true;
  private end: { readonly signal?: SignalName } | undefined;

  constructor(private readonly attachments: Attachments) {}

  get size(): Size | undefined {
    return this.wantedSize;
  }

  get visible(): boolean {
    return this.shown;
  }

  /** The same wish twice is told twice only when `actual` has become another size meanwhile. */
  resize(size: Size, actual: Size): void {
    const repeated = this.wantedSize !== undefined && sameSize(this.wantedSize, size);
    this.wantedSize = size;
    if (!repeated || !sameSize(size, actual)) this.attachments.active?.send('resize', size);
  }

  setVisible(visible: boolean): void {
    if (this.shown === visible) return;
    this.shown = visible;
    this.attachments.active?.send('visibility', { visible });
  }

  terminate(signal: SignalName | undefined): void {
    this.end = signal === undefined ? {} : { signal };
    this.attachments.active?.send('terminate', this.end);
  }

  /** Another process: it is not the one that was to end. */
  spareProcess(): void {
    this.end = undefined;
  }

  repeatOn(attachment: Attachment, opened: Opened): void {
    if (!this.shown) attachment.send('visibility', { visible: false });
    if (this.wantedSize !== undefined && !sameSize(this.wantedSize, opened)) attachment.send('resize', this.wantedSize);
    if (this.end !== undefined) attachment.send('terminate', this.end);
  }
}

/** A size that the protocol allows. */
export function clampSize({ cols, rows }: Size): Size {
  return { cols: clampCells(cols), rows: clampCells(rows) };
}

function clampCells(cells: number): number {
  return Math.min(MAX_CELLS, Math.max(1, Math.floor(cells) || 1));
}

function sameSize(one: Size, other: Size): boolean {
  return one.cols === other.cols && one.rows === other.rows;
}
