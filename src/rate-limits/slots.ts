/** How many of something each key may hold at a time. Remembers only those that hold something. */
export class Slots {
  private readonly held = new Map<string, number>();

  constructor(private readonly max: number) {}

  /** What gives the place back – once, however often it is called. Undefined: all places are taken. */
  take(key: string): (() => void) | undefined {
    const count = this.count(key);
    if (count >= this.max) return undefined;
    this.held.set(key, count + 1);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.release(key);
    };
  }

  count(key: string): number {
    return this.held.get(key) ?? 0;
  }

  private release(key: string): void {
    const left = this.count(key) - 1;
    if (left > 0) this.held.set(key, left);
    else this.held.delete(key);
  }
}
