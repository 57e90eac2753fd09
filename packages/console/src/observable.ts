/** A value and those who want to know when it changes. */
export class Observable<T> {
  private readonly listeners = new Set<(value: T) => void>();

  constructor(private current: T) {}

  get value(): T {
    return this.current;
  }

  set(value: T): void {
    if (Object.is(value, this.current)) return;
    this.current = value;
    for (const listener of [...this.listeners]) listener(value);
  }

  /** Replaces some fields; nothing is announced when none differs. */
  patch(fields: Partial<T>): void {
    const changed = (Object.keys(fields) as (keyof T)[]).some((key) => !Object.is(fields[key], this.current[key]));
    if (changed) this.set({ ...this.current, ...fields });
  }

  /** Calls at once with the present value, then at every change, until the returned function is called. */
  watch(listener: (value: T) => void): () => void {
    this.listeners.add(listener);
    listener(this.current);
    return () => void this.listeners.delete(listener);
  }
}
