import type { Terminal } from '@holdfast/client';
import { sameSize, type CellGrid, type Size } from './cell-grid';

/** Dragging a window edge sends one new size, not fifty: every one makes full-screen programs draw again. */
const SETTLE_MS = 100;

export interface SizeStatus {
  readonly size: Size;
  /** Another window, or a window that is gone, has given the terminal this size. */
  readonly foreign: boolean;
}

/**
 * Decides who gives the terminal its size. The window that typed last owns it: an owner fills its window, every other one
 * shows the terminal at the size it has until its user types.
 */
export class SizeKeeper {
  private own = false;
  private owner: string | null = null;
  private size: Size | undefined;
  private asked: Size | undefined;
  private visible = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly grid: CellGrid,
    private readonly terminal: Terminal,
    private readonly onStatus: (status: SizeStatus) => void,
  ) {
    terminal.on('opened', ({ cols, rows, sizeOwner, created }) => {
      this.own = created || sizeOwner === terminal.writerId;
      this.owner = sizeOwner;
      this.asked = this.size = { cols, rows };
    });
    terminal.on('resized', ({ cols, rows, own, owner }) => {
      this.own = own;
      this.owner = owner;
      this.size = { cols, rows };
      if (!own) this.asked = this.size;
    });
  }

  /** One window answers the programs' queries: the one that owns the size, or any while none does. */
  get answersQueries(): boolean {
    return this.own || this.owner === null;
  }

  setVisible(visible: boolean): void {
    this.visible = visible;
    this.containerChanged();
  }

  /** The window, the font or the layout changed. */
  containerChanged(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.settle(), SETTLE_MS);
  }

  /** The user typed here, or asked for it: this window takes the size. */
  take(): void {
    if (this.own && sameSize(this.asked, this.size)) return;
    this.own = true;
    this.settle();
  }

  /** The emulator has arrived at the server's size. */
  applied(): void {
    if (this.visible) this.settle();
  }

  dispose(): void {
    clearTimeout(this.timer);
  }

  private settle(): void {
    const { size } = this;
    if (!size || !this.visible) return;
    const fitting = this.grid.fitting();
    const writer = this.terminal.state === 'open' || this.terminal.state === 'resuming';
    if (this.own && writer && fitting && !sameSize(fitting, this.asked)) {
      this.asked = fitting;
      this.terminal.resize(fitting.cols, fitting.rows);
    }
    this.grid.scaleTo(size);
    this.onStatus({ size, foreign: !this.own && !sameSize(size, fitting) });
  }
}
