import type { XtermCore } from './xterm-internals';

const SET = 1;
const RESTORE = 2;
const SPECIAL_FROM = 256;

/** Colours a program redefined (OSC 4, 10, 11, 12): xterm.js leaves them to the page, so the mirror keeps them. At most 259. */
export class Colours {
  private readonly set = new Map<number, readonly [number, number, number]>();

  constructor(core: XtermCore) {
    core._inputHandler.onColor((changes) => {
      for (const { type, index, color } of changes) {
        if (type === SET && index !== undefined && color) this.set.set(index, color);
        else if (type === RESTORE) this.restore(index);
      }
    });
  }

  sequences(): string {
    return [...this.set]
      .map(([index, rgb]) => {
        const code = index < SPECIAL_FROM ? `4;${index}` : `${10 + index - SPECIAL_FROM}`;
        return `\x1b]${code};rgb:${rgb.map((part) => part.toString(16).padStart(2, '0')).join('/')}\x1b\\`;
      })
      .join('');
  }

  private restore(index: number | undefined): void {
    if (index !== undefined) this.set.delete(index);
    else for (const known of [...this.set.keys()]) if (known < SPECIAL_FROM) this.set.delete(known);
  }
}
