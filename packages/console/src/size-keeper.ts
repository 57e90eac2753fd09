import type { Terminal } from '@holdfast/client';
import type { CellGrid } from './cell-grid';
import { sameSize, type Size } from './size';

/** Dragging a window edge sends one new size, not fifty: every one makes full-screen programs draw again. */
const SETTLE_MS = 100;

export interface SizeStatus {
  readonly size: Size;
  /** The terminal does not fill this window: `other` has given it its size, or it was `left` with it. */
  readonly foreign?: 'other' | 'left';
}

export interface SizeKeeperHooks {
  onStatus(status: SizeStatus): void;
  /** Sets the size although another window owns it. */
  force(size: Size): void;
}

/**
 * Decides who gives the terminal its size. The window that typed last owns it: an owner fills its window, every other one
 * shows the terminal at the size it has until its user types.
 */
export class SizeKeeper {
  /** Whether this window keeps the terminal as large as itself. */
  private keeps = false;
  private owner: string | null = null;
  private size: Size | undefined;
  /** Sent, and not answered yet. */
  private asked: Size | undefined;
  private visible = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly grid: CellGrid,
    private readonly terminal: Terminal,
    private readonly hooks: SizeKeeperHooks,
  ) {
    terminal.on('opened', ({ cols, rows, sizeOwner, created }) => {
      this.keeps = created || sizeOwner === terminal.writerId;
      this.owner = sizeOwner;
      this.size = { cols, rows };
      this.asked = undefined;
    });
    terminal.on('resized', ({ cols, rows, own, owner }) => {
      const size = { cols, rows };
      const expected = this.asked !== undefined || sameSize(size, this.size);
      // Another window may have forced its size on this one: that stays until someone types here.
      this.keeps = own && expected && this.keeps;
      this.owner = owner;
      this.size = size;
      if (!own || sameSize(size, this.asked)) this.asked = undefined;
    });
  }

  /** One window answers the programs' queries: the one that owns the size, or any while none does. */
  get answersQueries(): boolean {
    return this.owner === null || this.owner === this.terminal.writerId;
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

  /** The user typed here: this window takes the size. */
  take(): void {
    if (this.keeps) return;
    this.keeps = true;
    const fitting = this.grid.fitting();
    // Also when it fits already: the server remembers the size with which this window came.
    if (fitting && this.visible) this.ask(fitting);
    this.settle();
  }

  /** The user asked for this window's size without typing. */
  fitHere(): void {
    const fitting = this.grid.fitting();
    if (this.answersQueries) this.take();
    else if (fitting) this.hooks.force(fitting);
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
    if (this.keeps && fitting && !sameSize(fitting, this.asked ?? size)) this.ask(fitting);
    this.grid.scaleTo(size);
    const foreign = !this.keeps && fitting && !sameSize(size, fitting);
    this.hooks.onStatus({ size, foreign: foreign ? (this.owner === null ? 'left' : 'other') : undefined });
  }

  private ask(size: Size): void {
    const { state } = this.terminal;
    if (state !== 'open' && state !== 'resuming') return;
    this.asked = size;
    this.terminal.resize(size.cols, size.rows);
  }
}
