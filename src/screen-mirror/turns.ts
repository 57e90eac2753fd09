/** Runs work on one key in the order it came, on different keys side by side. */
export class Turns {
  private readonly last = new Map<string, Promise<unknown>>();

  busy(key: string): boolean {
    return this.last.has(key);
  }

  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.last.get(key) ?? Promise.resolve();
    const turn = before.then(work, work);
    const settled = turn.then(
      () => undefined,
      () => undefined,
    );
    this.last.set(key, settled);
    void settled.then(() => {
      if (this.last.get(key) === settled) this.last.delete(key);
    });
    return turn;
  }
}
