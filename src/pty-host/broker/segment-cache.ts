/** Of the whole host: 8 MiB. Whoever reads on reads the same 4 MiB many times; a second one for somebody else. */
const MAX_SEGMENTS = 2;

/** The compressed segments that were read last, decompressed; one is decompressed at a time, so that memory is bounded. */
export class SegmentCache {
  /** Least recently used first. */
  private readonly held = new Map<object, Buffer>();
  private readonly loading = new Map<object, Promise<Buffer>>();
  private turn: Promise<unknown> = Promise.resolve();

  get(key: object): Buffer | undefined {
    const bytes = this.held.get(key);
    if (bytes) {
      this.held.delete(key);
      this.held.set(key, bytes);
    }
    return bytes;
  }

  /** Callers that want the same at the same time share it. */
  load(key: object, read: () => Promise<Buffer>): Promise<Buffer> {
    const bytes = this.get(key);
    if (bytes) return Promise.resolve(bytes);
    const pending = this.loading.get(key);
    if (pending) return pending;
    const loaded = this.turn.then(read).then(
      (result) => {
        this.loading.delete(key);
        this.keep(key, result);
        return result;
      },
      (error: unknown) => {
        this.loading.delete(key);
        throw error;
      },
    );
    this.turn = loaded.catch(() => undefined);
    this.loading.set(key, loaded);
    return loaded;
  }

  delete(key: object): void {
    this.held.delete(key);
  }

  private keep(key: object, bytes: Buffer): void {
    for (const [oldest] of this.held) {
      if (this.held.size < MAX_SEGMENTS) break;
      this.held.delete(oldest);
    }
    this.held.set(key, bytes);
  }
}
