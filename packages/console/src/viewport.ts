import { Observable } from './observable';

/** Less than this is the browser's address bar coming or going, not a keyboard. */
const KEYBOARD_PX = 120;

export interface ViewportState {
  readonly height: number;
  /** A software keyboard covers part of the page. */
  readonly keyboard: boolean;
}

/** The part of the page that is really visible: phones lay their keyboard over it without telling the layout. */
export class Viewport {
  readonly state = new Observable<ViewportState>({ height: innerHeight, keyboard: false });
  private readonly tallest = new Map<number, number>();
  private readonly touch = matchMedia('(pointer: coarse)');

  constructor() {
    const update = (): void => this.update();
    window.visualViewport?.addEventListener('resize', update);
    window.visualViewport?.addEventListener('scroll', update);
    window.addEventListener('resize', update);
    update();
  }

  private update(): void {
    const { width, height, offsetTop, scale } = window.visualViewport ?? {
      width: innerWidth,
      height: innerHeight,
      offsetTop: 0,
      scale: 1,
    };
    // Zoomed in by hand: the layout stays as it is.
    if (scale > 1.01) return;
    const tallest = Math.max(height, this.tallest.get(width) ?? 0);
    this.tallest.set(width, tallest);
    const keyboard = this.touch.matches && tallest - height > KEYBOARD_PX;
    const { style, dataset } = document.documentElement;
    style.setProperty('--app-height', `${height}px`);
    style.setProperty('--app-top', `${offsetTop}px`);
    dataset.keyboard = keyboard ? 'open' : 'closed';
    this.state.patch({ height, keyboard });
  }
}
