import type { Terminal as Xterm } from '@xterm/xterm';
import type { WebglAddon } from '@xterm/addon-webgl';

/**
 * Draws with WebGL while the terminal is shown. Browsers allow about sixteen contexts in a page, so hidden terminals give
 * theirs back; without WebGL, or after its loss, xterm draws with the DOM.
 */
export class Renderer {
  private addon: WebglAddon | undefined;
  private wanted = false;
  private failed = false;

  constructor(private readonly xterm: Xterm) {}

  async show(): Promise<void> {
    this.wanted = true;
    if (this.addon || this.failed) return;
    const { WebglAddon } = await import('@xterm/addon-webgl');
    if (!this.wanted || this.addon) return;
    try {
      const addon = new WebglAddon();
      addon.onContextLoss(() => this.fallBack());
      this.xterm.loadAddon(addon);
      this.addon = addon;
    } catch {
      this.fallBack();
    }
  }

  hide(): void {
    this.wanted = false;
    this.addon?.dispose();
    this.addon = undefined;
  }

  private fallBack(): void {
    this.failed = true;
    this.hide();
  }
}
