import type { IDisposable, Terminal as Xterm } from '@xterm/xterm';
import type { Viewport } from './viewport';

/**
 * While a software keyboard is open the terminal keeps its height and is pushed up until the cursor's line is visible.
 * Resizing it instead would make full-screen programs redraw at every opening and closing of the keyboard.
 */
export class KeyboardPeek {
  private readonly unwatch: () => void;
  private readonly cursor: IDisposable;
  private keyboard = false;
  private fullHeight = 0;

  constructor(
    private readonly xterm: Xterm,
    private readonly host: HTMLElement,
    viewport: Viewport,
  ) {
    this.cursor = xterm.onCursorMove(() => this.keyboard && this.update());
    this.unwatch = viewport.state.watch(({ keyboard }) => {
      this.keyboard = keyboard;
      this.update();
    });
  }

  update(): void {
    const { style } = this.host;
    const pane = this.host.parentElement;
    if (!pane) return;
    if (!this.keyboard) {
      style.height = style.top = '';
      if (pane.clientHeight > 0) this.fullHeight = parseFloat(getComputedStyle(this.host).height);
      return;
    }
    const height = Math.max(this.fullHeight, pane.clientHeight);
    const cell = (this.xterm.element?.querySelector('.xterm-screen')?.clientHeight ?? 0) / this.xterm.rows;
    const cursorBottom = (this.xterm.buffer.active.cursorY + 2) * cell;
    const hidden = Math.min(cursorBottom - pane.clientHeight, height - pane.clientHeight);
    style.height = `${height}px`;
    style.top = `${-Math.max(0, Math.round(hidden))}px`;
  }

  dispose(): void {
    this.unwatch();
    this.cursor.dispose();
  }
}
