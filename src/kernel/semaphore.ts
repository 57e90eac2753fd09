/** Lets `slots` pieces of work run at once and at most `maxWaiting` wait for one. */
export class Semaphore {
  private free: number;
  private readonly waiting: ((release: () => void) => void)[] = [];

  constructor(
    slots: number,
    private readonly maxWaiting: number,
  ) {
    this.free = slots;
  }

  /** Resolves with what gives the slot back, to be called once; undefined = too many wait already. */
  acquire(): Promise<() => void> | undefined {
    if (this.free > 0) {
      this.free--;
      return Promise.resolve(() => this.release());
    }
    if (this.waiting.length >= this.maxWaiting) return undefined;
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  private release(): void {
    const next = this.waiting.shift();
    if (next) next(() => this.release());
    else this.free++;
  }
}
