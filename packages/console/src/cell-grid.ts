import { FitAddon } from '@xterm/addon-fit';
import type { Terminal as Xterm } from '@xterm/xterm';
import type { Size } from './size';

/** The protocol's bounds. */
const MAX_CELLS = 1000;
const SMALLEST_FONT = 5;

/** How many cells fit into the host element, and which font size shows a terminal that is larger. */
export class CellGrid {
  private readonly fit = new FitAddon();

  constructor(
    private readonly xterm: Xterm,
    private readonly host: HTMLElement,
    private readonly fontSize: () => number,
  ) {
    xterm.loadAddon(this.fit);
  }

  /** The size that fills the host at the user's font size; `undefined` while the host is not laid out. */
  fitting(): Size | undefined {
    if (!this.host.isConnected || this.host.clientWidth < 20 || this.host.clientHeight < 20) return undefined;
    const shown = this.xterm.options.fontSize;
    if (shown !== this.fontSize()) this.xterm.options.fontSize = this.fontSize();
    const proposed = this.fit.proposeDimensions();
    if (shown !== this.fontSize()) this.xterm.options.fontSize = shown;
    if (!proposed || Number.isNaN(proposed.cols) || Number.isNaN(proposed.rows)) return undefined;
    return { cols: Math.min(MAX_CELLS, proposed.cols), rows: Math.min(MAX_CELLS, proposed.rows) };
  }

  /** Shows `size` whole: at the user's font size when it fits, smaller when it does not. */
  scaleTo(size: Size): void {
    const fitting = this.fitting();
    if (!fitting) return;
    const ratio = Math.min(1, fitting.cols / size.cols, fitting.rows / size.rows);
    const fontSize = Math.max(SMALLEST_FONT, Math.floor(this.fontSize() * ratio * 2) / 2);
    if (this.xterm.options.fontSize !== fontSize) this.xterm.options.fontSize = fontSize;
  }
}
