import { MAX_HELD_ITEMS } from './limits';

/**
 * Output in order, kept while nobody listens. The server stops at its window when nothing is acknowledged, so `maxBytes`
 * is reached only by a server that does not; then `fits` says no and the caller asks again later.
 */
export class HeldOutput {
  private items: { readonly bytes: number; readonly run: () => void }[] = [];
  private bytes = 0;

  constructor(
    private readonly maxBytes: () => number,
    private readonly listening: () => boolean,
  ) {}

  get empty(): boolean {
    return this.items.length === 0;
  }

  fits(bytes: number): boolean {
    if (this.empty) return true;
    return this.items.length < MAX_HELD_ITEMS && this.bytes + bytes <= this.maxBytes();
  }

  push(bytes: number, run: () => void): void {
    if (this.empty && this.listening()) return run();
    this.items.push({ bytes, run });
    this.bytes += bytes;
  }

  release(): void {
    while (!this.empty && this.listening()) {
      const item = this.items.shift();
      this.bytes -= item?.bytes ?? 0;
      item?.run();
    }
  }

  clear(): void {
    this.items = [];
    this.bytes = 0;
  }
}
