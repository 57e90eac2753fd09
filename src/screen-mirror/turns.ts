/** Runs work on one key in the order it came, on different keys side by side. */
export class Turns {
  private readonly waiting = new Map<string, { readonly work: unknown; readonly turn: Promise<unknown> }>();

  /** Something runs or waits. */
  busy(key: string): boolean {
    return this.waiting.has(key);
  }

  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const turn = this.after(this.waiting.get(key)?.turn, key, work);
    this.waiting.set(key, { work, turn });
    return turn;
  }

  private async after<T>(before: Promise<unknown> | undefined, key: string, work: () => Promise<T>): Promise<T> {
    // Awaits even when there is nothing before, so that this turn is registered when it ends.
    await before?.catch(() => undefined);
    try {
      return await work();
    } finally {
      if (this.waiting.get(key)?.work === work) this.waiting.delete(key);
    }
  }
}
