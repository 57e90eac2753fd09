export interface Disposable {
  dispose(): void;
}

/** Whoever acquires disposes: collects what must be undone and undoes it once, newest first. */
export class Disposables implements Disposable {
  private entries: (() => void)[] = [];
  private disposed = false;

  /** Registers an undo; when this collection is already disposed, it runs at once. */
  add(undo: () => void): void {
    if (this.disposed) undo();
    else this.entries.push(undo);
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    for (const undo of this.entries.reverse()) undo();
    this.entries = [];
  }
}
